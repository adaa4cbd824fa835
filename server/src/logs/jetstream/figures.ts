/** A log on a stream in numbers, since it was opened. */
export interface StreamFigures {
  /** Packs of this node. */
  readonly packs: number;
  /** How often one was published again, since nobody knew what had become of it. */
  readonly retries: number;
  /** Packs of which nobody has learnt in time whether the stream has them. */
  readonly unknown: number;
  /** Consumers made to follow the stream: one, and one more each time it went silent, or a message was missing. */
  readonly consumers: number;
  /** Epochs that began while it was open. */
  readonly epochs: number;
  /** What the stream holds. */
  readonly bytes: number;
  /** What was appended here and has not come back. */
  readonly waitingBytes: number;
  /** Messages of the stream that have not come yet, when it was checked last. */
  readonly behind: number;
  /** How long the stream has not answered, in ms; below a second or two it has just not been asked. */
  readonly silentMs: number;
}
