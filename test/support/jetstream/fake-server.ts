import type { Clock } from '@zerospan/shared';
import type { Message, Outcome, Outgoing, StreamInfo } from '../../../server/src/logs/jetstream/stream.ts';

/** What a server is asked to do wrong with the next message that is published. */
export type PublishFault =
  /** It is stored, and nobody learns of it. */
  | 'lost-answer'
  /** It is not stored, and nobody learns of it. */
  | 'lost'
  /** It is stored only behind the next one, and nobody learns of it. */
  | 'late'
  /** It is stored, and refused all the same: what a server was seen to do. */
  | 'false-refusal'
  | Extract<Outcome, { kind: 'refused' }>;

/** What of a stream was, to be put in place again. */
export interface Snapshot {
  readonly messages: readonly Message[];
  readonly first: number;
  readonly last: number;
}

/** One stream in memory, for any number of clients, which fails as a test asks. */
export class FakeServer {
  readonly clock: Clock;
  /** Nothing is answered. */
  isAway = false;
  /** There is no such stream. */
  isGone = false;
  /** Nothing is handed over to those who follow, and no heartbeat is missed. */
  isQuiet = false;
  /** A range is fetched from a server that has nothing above this sequence yet. */
  fetchedUpTo = Number.POSITIVE_INFINITY;
  dataBytesMost = 1024 * 1024 - 4_096;
  duplicateWindowMs = 300_000;
  readonly faults: PublishFault[] = [];
  /** Called behind each message, and when something may have changed for those who follow. */
  readonly followers = new Set<() => void>();
  readonly contacts = new Set<() => void>();
  readonly ends = new Set<(why: 'silence' | 'jump' | 'gone') => void>();
  /** When each message was stored, by the clock's `elapsed`. */
  readonly storedMs = new Map<number, number>();
  readonly #late: Outgoing[] = [];
  #messages: Message[] = [];
  #first = 1;
  #last = 0;
  #created = 1;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  get info(): StreamInfo {
    const bytes = this.#messages.reduce((sum, { data }) => sum + data.length, 0);
    return { first: this.#first, last: this.#last, bytes, created: `stream ${this.#created}` };
  }

  get messages(): readonly Message[] {
    return this.#messages;
  }

  publish(outgoing: Outgoing): Outcome {
    const fault = this.faults.shift();
    if (typeof fault === 'object') return fault;
    if (fault === 'lost') return { kind: 'unknown', reason: 'lost' };
    const late = this.#late.splice(0);
    if (fault === 'late') this.#late.push({ ...outgoing, data: Buffer.from(outgoing.data) });
    const outcome: Outcome = fault === 'late' ? { kind: 'unknown', reason: 'late' } : this.#store(outgoing);
    for (const each of late) this.#store(each);
    if (fault) return { kind: 'unknown', reason: fault };
    return outcome;
  }

  dropBelow(sequence: number): void {
    this.#messages = this.#messages.filter((message) => message.sequence >= sequence);
    this.#first = Math.min(Math.max(this.#first, sequence), this.#last + 1);
  }

  /** Messages are gone from its middle, which no limit does. Where it holds nothing below, it begins behind them. */
  remove(...sequences: readonly number[]): void {
    this.#messages = this.#messages.filter(({ sequence }) => !sequences.includes(sequence));
    this.#first = this.#messages[0]?.sequence ?? this.#last + 1;
  }

  /** What a message has is not what was published. */
  damage(damaged: number): void {
    this.#messages = this.#messages.map((message) => {
      if (message.sequence !== damaged) return message;
      const data = Buffer.from(message.data);
      data[data.length - 1] = (data.at(-1) ?? 0) ^ 4;
      return { ...message, data };
    });
  }

  snapshot(): Snapshot {
    return { messages: [...this.#messages], first: this.#first, last: this.#last };
  }

  /** It comes back with what it had once: those who follow hear nothing of it. */
  rollBack({ messages, first, last }: Snapshot): void {
    this.#messages = [...messages];
    this.#first = first;
    this.#last = last;
  }

  /** Another stream of the same name: those who followed the old one hear nothing any more. */
  recreate(): void {
    this.#created++;
    this.#messages = [];
    this.#first = 1;
    this.#last = 0;
    this.followers.clear();
  }

  /** All consumers end. */
  end(why: 'silence' | 'jump' | 'gone'): void {
    for (const end of [...this.ends]) end(why);
  }

  contact(): void {
    for (const listener of this.contacts) listener();
  }

  #store({ subject, id, data, lastOfSubject }: Outgoing): Outcome {
    const now = this.clock.now();
    const again = this.#messages.findLast(
      (message) => message.id === id && now - message.time < this.duplicateWindowMs,
    );
    if (again) return { kind: 'stored', sequence: again.sequence, isAgain: true };
    const last = this.#messages.findLast((message) => message.subject === subject)?.sequence ?? 0;
    if (lastOfSubject !== undefined && lastOfSubject !== last)
      return { kind: 'refused', why: 'other-last', reason: `the last one is ${last}` };
    const sequence = ++this.#last;
    this.storedMs.set(sequence, this.clock.elapsed());
    this.#messages.push({ sequence, time: now, subject, id, data: Buffer.from(data) });
    for (const follower of this.followers) follower();
    return { kind: 'stored', sequence, isAgain: false };
  }
}
