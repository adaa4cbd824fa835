import { type Counts, Histogram } from './histogram.ts';

/** What publishers did since the last report. */
export interface PutSummary {
  /** Messages handed over to a connection. */
  readonly sent: number;
  /** Messages that were due and not sent: the limit of unanswered puts was reached, or ZeroMQ accepted no more. */
  readonly notSent: number;
  readonly accepted: number;
  readonly refused: number;
  /** Refused puts by the code of the answer. */
  readonly refusedByCode: Readonly<Record<string, number>>;
  /** Deliveries that follow from what the log took. */
  readonly due: number;
  /** From a put to its `accepted`, in µs. */
  readonly answers: Counts;
}

/** What all publishers of one process do, counted together, and the deliveries that have to come of it. */
export class PutTally {
  notSent = 0;
  accepted = 0;
  due = 0;
  #sent = 0;
  readonly #refused = new Map<string, number>();
  readonly #answers = new Histogram();
  readonly #subscribers: ReadonlyMap<string, number>;

  /** @param subscribers number of subscribers by channel; a channel without an entry has none */
  constructor(subscribers: ReadonlyMap<string, number>) {
    this.#subscribers = subscribers;
  }

  get sent(): number {
    return this.#sent;
  }

  get refused(): number {
    return [...this.#refused.values()].reduce((sum, each) => sum + each, 0);
  }

  /** A message was sent that the server will answer. */
  put(): void {
    this.#sent++;
  }

  /** A message has left that is not answered: it is taken to arrive. */
  published(channel: string): void {
    this.#sent++;
    this.due += this.#subscribersOf(channel);
  }

  /** A message of which that was said has not left after all. */
  kept(channel: string): void {
    this.#sent--;
    this.notSent++;
    this.due -= this.#subscribersOf(channel);
  }

  /** A put was appended, so long after it was sent. */
  appended(channel: string, us: number): void {
    this.accepted++;
    this.due += this.#subscribersOf(channel);
    this.#answers.add(us);
  }

  refusal(code: string): void {
    this.#refused.set(code, (this.#refused.get(code) ?? 0) + 1);
  }

  /** What happened since it was last asked. */
  summary(): PutSummary {
    const { sent, notSent, accepted, refused, due } = this;
    const refusedByCode = Object.fromEntries(this.#refused);
    const answers = this.#answers.counts();
    this.#sent = 0;
    this.notSent = 0;
    this.accepted = 0;
    this.due = 0;
    this.#refused.clear();
    this.#answers.clear();
    return { sent, notSent, accepted, refused, refusedByCode, due, answers };
  }

  #subscribersOf(channel: string): number {
    return this.#subscribers.get(channel) ?? 0;
  }
}
