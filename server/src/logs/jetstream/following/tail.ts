import type { FollowEnd, Follower, Following, Message, Stream } from '../stream.ts';

export interface TailParts {
  readonly stream: Pick<Stream, 'follow'>;
  /** The next message, or one behind some that the stream has dropped. */
  readonly message: (message: Message) => void;
  readonly caughtUp: () => Promise<void>;
  /** It ended by itself: it is to be started again once the stream was found to be the same. */
  readonly ended: (why: FollowEnd) => void;
}

/** The end of the stream as it grows: one consumer at a time. */
export class Tail {
  readonly #parts: TailParts;
  #following: Following | undefined;
  #starts = 0;

  constructor(parts: TailParts) {
    this.#parts = parts;
  }

  get isRunning(): boolean {
    return this.#following !== undefined;
  }

  /** How many consumers were made. */
  get starts(): number {
    return this.#starts;
  }

  /** @param after the sequence above which it begins */
  start(after: number): void {
    this.stop();
    this.#starts++;
    const { stream, caughtUp } = this.#parts;
    const mine = this.#starts;
    const isMine = (): boolean => this.#starts === mine && this.#following !== undefined;
    const follower: Follower = {
      message: (message) => {
        if (isMine()) this.#parts.message(message);
      },
      ended: (why) => {
        if (!isMine()) return;
        this.#following = undefined;
        this.#parts.ended(why);
      },
      caughtUp,
    };
    this.#following = stream.follow(after, follower);
  }

  stop(): void {
    this.#following?.stop();
    this.#following = undefined;
  }
}
