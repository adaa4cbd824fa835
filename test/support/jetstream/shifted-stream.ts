import type {
  Follower,
  Following,
  Message,
  Outcome,
  Outgoing,
  Range,
  Stream,
  StreamInfo,
} from '../../../server/src/logs/jetstream/stream.ts';
import type { ManualClock } from '../manual-clock.ts';

/** When the messages of a stream were stored, by a test's clock: its hours pass at once, those of a server do not. */
export class ShiftedTimes {
  readonly #clock: ManualClock;
  readonly #times = new Map<number, number>();

  constructor(clock: ManualClock) {
    this.#clock = clock;
  }

  of(sequence: number): number {
    const time = this.#times.get(sequence) ?? this.#clock.now();
    this.#times.set(sequence, time);
    return time;
  }
}

/** A stream whose messages have the times of a test's clock, as of when they were first seen. */
export class ShiftedStream implements Stream {
  readonly #stream: Stream;
  readonly #times: ShiftedTimes;

  constructor(stream: Stream, times: ShiftedTimes) {
    this.#stream = stream;
    this.#times = times;
  }

  get dataBytesMost(): number {
    return this.#stream.dataBytesMost;
  }

  publish(message: Outgoing): Promise<Outcome> {
    return this.#stream.publish(message);
  }

  info(): Promise<StreamInfo> {
    return this.#stream.info();
  }

  async get(sequence: number): Promise<Message | undefined> {
    return this.#shifted(await this.#stream.get(sequence));
  }

  async next(sequence: number): Promise<Message | undefined> {
    return this.#shifted(await this.#stream.next(sequence));
  }

  async lastOf(subject: string): Promise<Message | undefined> {
    return this.#shifted(await this.#stream.lastOf(subject));
  }

  async fetch(range: Range): Promise<readonly Message[]> {
    const messages = await this.#stream.fetch(range);
    return messages.map((message) => ({ ...message, time: this.#times.of(message.sequence) }));
  }

  follow(after: number, follower: Follower): Following {
    return this.#stream.follow(after, {
      message: (message) => follower.message({ ...message, time: this.#times.of(message.sequence) }),
      ended: (why) => follower.ended(why),
      caughtUp: () => follower.caughtUp(),
    });
  }

  onContact(listener: () => void): void {
    this.#stream.onContact(listener);
  }

  close(): Promise<void> {
    return this.#stream.close();
  }

  #shifted(message: Message | undefined): Message | undefined {
    return message && { ...message, time: this.#times.of(message.sequence) };
  }
}
