/** What a code means for the application or operator that meets it. */
export interface CodeEntry {
  /** Who says it: the server in `refused`, in `error`, in its HTTP answer to a handshake, or the client library. */
  readonly said: 'refused' | 'error' | 'http' | 'client';
  /** Whether the same thing may succeed later, unchanged. */
  readonly retry: boolean;
  readonly meaning: string;
  readonly remedy: string;
}
