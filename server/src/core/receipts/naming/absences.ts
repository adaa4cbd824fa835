import { type Clock, type FilterSet, filterCount } from '@zerospan/shared';
import type { Requester } from '../../access/requester.ts';
import { FairQueue, type Queued } from '../../sharing/fair-queue.ts';

/** For how long a client that has lost its session is called absent, in ms. */
export const ABSENT_MS = 60_000;

/** Clients that are remembered, and their filters, together. */
const REMEMBERED_MOST = 20_000;

/** A client that has lost its session. */
export interface Absence {
  readonly requester: Requester;
  /** What its subscriptions let through. */
  readonly filters: readonly FilterSet[];
  /** When, by the clock's `elapsed`. */
  readonly lostMs: number;
}

/**
 * Clients that have lost their session a short while ago and have not come back: a put does not count them, and they
 * get it when they return. What is kept of each is what it had; matching it with a put is the receipt's work, because
 * few puts ask.
 */
export class Absences {
  readonly #clock: Pick<Clock, 'elapsed'>;
  readonly #queue: FairQueue<Absence>;
  /** By client key. */
  readonly #byClient = new Map<string, Queued<Absence>>();
  /** The list of now, until anything changes. */
  #all: readonly Absence[] | undefined;

  constructor(clock: Pick<Clock, 'elapsed'>) {
    this.#clock = clock;
    this.#queue = new FairQueue(REMEMBERED_MOST, ({ value }) => this.#forget(value));
  }

  /** What all of them count. */
  get weight(): number {
    return this.#queue.weight;
  }

  get count(): number {
    return this.#queue.count;
  }

  /** A client has lost its session, and may come back. */
  left(requester: Requester, filters: readonly FilterSet[]): void {
    if (filters.length === 0) return;
    this.back(requester.clientKey);
    const weight = filters.reduce((sum, filter) => sum + filterCount(filter), 1);
    const absence = { requester, filters, lostMs: this.#clock.elapsed() };
    this.#byClient.set(requester.clientKey, this.#queue.add(requester.user, weight, absence));
    this.#all = undefined;
    this.#queue.makeRoom(requester.user);
  }

  /** A client has a session again. */
  back(clientKey: string): void {
    const queued = this.#byClient.get(clientKey);
    if (!queued) return;
    this.#queue.remove(queued);
    this.#forget(queued.value);
  }

  /** All of now; the same list while nothing changes. */
  get all(): readonly Absence[] {
    this.pulse();
    this.#all ??= [...this.#byClient.values()].map(({ value }) => value);
    return this.#all;
  }

  /** Lets go of those that have been absent for too long. To be called every few seconds. */
  pulse(): void {
    const beforeMs = this.#clock.elapsed() - ABSENT_MS;
    for (let oldest = this.#queue.oldest; oldest !== undefined; oldest = this.#queue.oldest) {
      if (oldest.value.lostMs >= beforeMs) return;
      this.#queue.remove(oldest);
      this.#forget(oldest.value);
    }
  }

  #forget({ requester }: Absence): void {
    this.#byClient.delete(requester.clientKey);
    this.#all = undefined;
  }
}
