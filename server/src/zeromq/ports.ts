/**
 * PORT: where publications from ZeroMQ go.
 *
 * `take` is called in the order in which messages came and MUST give them places in that order; it is not awaited
 * before the next call. It MUST NOT keep `payload`, a view of a received message, beyond its promise; one that has done
 * all at once answers none. What it throws or rejects with is counted and logged. `origin`, where there is one, MUST
 * come out again with the entry.
 *
 * `lost` is called in one order with `take`, and MUST give its gaps places in that order: on each of these channels
 * `missed` messages were lost between those taken before and those taken after; null when nobody knows how many.
 * `every`: on any channel that there is.
 */
export interface Intake {
  take(
    channel: string,
    payload: Uint8Array,
    republish: boolean,
    origin?: string,
  ): Promise<unknown> | undefined;
  lost(channels: readonly string[] | 'every', missed: number | null): Promise<unknown> | undefined;
}

/** PORT: the log lines of an operator; pino's loggers fit. */
export interface Logger {
  info(about: object, text: string): void;
  warn(about: object, text: string): void;
  error(about: object, text: string): void;
}
