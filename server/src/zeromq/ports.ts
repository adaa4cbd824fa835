/** Receives what became of what was handed over. */
export interface Asked {
  /**
   * @param bytes of the payload
   * @param error why it was not taken; undefined: it was
   */
  answered(bytes: number, error?: unknown): void;
}

/**
 * PORT: where publications from ZeroMQ go.
 *
 * `take` is called in the order in which messages came and MUST give them places in that order. Its answer says whether
 * the message is under way: then, and only then, `asked` MUST be called once, after the call; the next call does not
 * wait for that. Nobody writes to `payload`, a view of a received message, and it MUST NOT be kept beyond the answer.
 * What `take` throws, or answers with, is counted and logged. `origin`, where there is one, MUST come out again with
 * the entry. `fence`, where there is one, MUST go with the message into the log, which leaves it out where that does
 * not stand any more.
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
    origin: string | undefined,
    asked: Asked,
    fence?: number,
  ): boolean;
  lost(channels: readonly string[] | 'every', missed: number | null): Promise<unknown> | undefined;
}

/** PORT: the log lines of an operator; pino's loggers fit. */
export interface Logger {
  info(about: object, text: string): void;
  warn(about: object, text: string): void;
  error(about: object, text: string): void;
}
