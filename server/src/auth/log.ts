/** PORT: where this room tells an operator what becomes of keys and revocations. It MUST NOT throw. */
export interface AuthLog {
  tell(
    event: 'keys-reloaded' | 'keys-not-reloaded',
    about: Readonly<Record<string, string | number | undefined>>,
  ): void;
}
