/**
 * PORT: where publications from ZeroMQ go.
 *
 * `take` is called in the order in which messages came and MUST give them places in that order; it is not awaited before the
 * next call. It MUST NOT keep `payload`, a view of a received message, beyond its promise. A rejection is counted and logged.
 */
export interface Intake {
  take(channel: string, payload: Uint8Array, republish: boolean): Promise<unknown>;
}

/** PORT: the log lines of an operator; pino's loggers fit. */
export interface Logger {
  info(about: object, text: string): void;
  warn(about: object, text: string): void;
  error(about: object, text: string): void;
}
