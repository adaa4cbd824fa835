/** What is published. */
export interface Outgoing {
  readonly subject: string;
  /** Its `Nats-Msg-Id`: the stream takes another one with the same id, within minutes, for the same message. */
  readonly id: string;
  /** Nobody writes to it until it is answered. */
  readonly data: Uint8Array;
  /** Stored only where the last message of its subject has this sequence; 0: where there is none. */
  readonly lastOfSubject?: number;
}

/** What became of a message. */
export type Outcome =
  /** @property isAgain the stream had stored it before, under its id */
  | { readonly kind: 'stored'; readonly sequence: number; readonly isAgain: boolean }
  /** It was not stored: for lack of room, or because `lastOfSubject` was another, or by a rule of the stream. */
  | { readonly kind: 'refused'; readonly why: 'full' | 'other-last' | 'rule'; readonly reason: string }
  /** Nobody knows: it may have been stored, and may still be. */
  | { readonly kind: 'unknown'; readonly reason: string };

/** A message in its place. */
export interface Message {
  /** From 1; a stream gives each number once, unless it goes back. */
  readonly sequence: number;
  /** When it was stored, by the stream's clock, in ms since 1970. */
  readonly time: number;
  readonly subject: string;
  /** Its `Nats-Msg-Id`; '': it has none. */
  readonly id: string;
  readonly data: Buffer;
}

export interface StreamInfo {
  /** Sequence of the oldest message that it holds; where it holds none, one above `last`. */
  readonly first: number;
  /** Sequence of the newest message that it ever stored; 0: there was none. */
  readonly last: number;
  /** Of the messages that it holds. */
  readonly bytes: number;
  /** When it was created: another stream of the same name has another time. */
  readonly created: string;
}

/** Messages by their sequences. */
export interface Range {
  readonly from: number;
  /** Up to and with this one. */
  readonly to: number;
  /** About how many bytes may be answered; one message is always allowed. */
  readonly bytes: number;
}

/**
 * Why no more messages follow: nothing was heard for too long, not even a heartbeat; a message is missing; what follows
 * is not there any more.
 */
export type FollowEnd = 'silence' | 'jump' | 'gone';

export interface Follower {
  /** The next one. Sequences are missing where the stream has dropped them. */
  message(message: Message): void;
  /** Called once, at the end. Not called after `stop`. */
  ended(why: FollowEnd): void;
  /** The stream goes on only when this has resolved: what was handed over is being worked on. */
  caughtUp(): Promise<void>;
}

export interface Following {
  /** Nothing is called from then on. */
  stop(): void;
}

/** A question was not answered. `away`: nobody answers, it may be asked again. `gone`: there is no such stream. */
export class StreamFault extends Error {
  override readonly name = 'StreamFault';
  readonly why: 'away' | 'gone';

  constructor(why: StreamFault['why'], reason: string, options?: ErrorOptions) {
    super(reason, options);
    this.why = why;
  }
}

/**
 * PORT: one stream of NATS JetStream, as far as a log is concerned. `test/contract/stream.contract.ts` holds every
 * implementation to these sentences.
 *
 * - `publish` MUST NOT reject. It MUST say `stored` only when the stream has stored the message as its replicas
 *   require, and `refused` only when it has not and will not. It MUST NOT send it a second time.
 * - `info`, `get`, `next`, `lastOf` and `fetch` MUST reject with a {@link StreamFault} where nobody answers. `info`,
 *   `get`, `next` and `lastOf` MUST ask the node that decides, not one that may lag.
 * - `fetch` MUST answer messages in the order of their sequences, from the first that is held on, and none twice. It
 *   MUST answer at least one where any is held in the range, and MAY answer fewer than there are.
 * - `follow` MUST hand over every message above `after` that is held, in the order of sequences, each once; it MUST end
 *   where it cannot. It MUST NOT call anything before it has returned, nor throw.
 * - `onContact` MUST call when the stream can be asked again after it could not, as after each reconnect.
 * - Once `close` has resolved, nothing is called any more.
 */
export interface Stream {
  /** Most bytes of a message's data. */
  readonly dataBytesMost: number;
  publish(message: Outgoing): Promise<Outcome>;
  info(): Promise<StreamInfo>;
  /** The message of a sequence; undefined: it is not held. */
  get(sequence: number): Promise<Message | undefined>;
  /** The first message held from a sequence on; undefined: there is none. */
  next(sequence: number): Promise<Message | undefined>;
  lastOf(subject: string): Promise<Message | undefined>;
  fetch(range: Range): Promise<readonly Message[]>;
  /** @param after the sequence above which it begins */
  follow(after: number, follower: Follower): Following;
  /** @param listener called from then on; takes the place of the one before */
  onContact(listener: () => void): void;
  close(): Promise<void>;
}
