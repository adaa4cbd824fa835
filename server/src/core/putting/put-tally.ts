import type { AcceptedChannel } from '@zerospan/shared';
import type { Cohorts } from '../fanout/cohorts.ts';
import type { Entry, Tally } from '../log/log.ts';
import type { Claim } from '../receipts/claim.ts';

/** PORT: how many subscriptions of ZeroMQ peers match a channel now. */
export interface ZeroMqSubscribers {
  nativeSubscriptions(channel: string): number;
}

/** How many are subscribed to one channel of a put. */
export type SubscriberCounts = Pick<AcceptedChannel, 'sessions' | 'nativeSubscriptions'>;

/** Counts the sessions that match a put, as fan-out takes it, and finds those that have to answer for it. */
export class PutTally implements Tally {
  readonly #cohorts: Cohorts;
  readonly #zeroMq: ZeroMqSubscribers;
  readonly #counts: SubscriberCounts[] = [];
  readonly #channels: number;
  #claim: Claim | undefined;

  /**
   * @param channels how many entries the put has
   * @param claim undefined: nobody has to answer
   */
  constructor(channels: number, cohorts: Cohorts, zeroMq: ZeroMqSubscribers, claim: Claim | undefined) {
    this.#channels = channels;
    this.#cohorts = cohorts;
    this.#zeroMq = zeroMq;
    this.#claim = claim;
  }

  take(entry: Entry): void {
    this.#counts.push(this.#now(entry.channel));
    this.#claim?.take(entry);
    if (this.#counts.length === this.#channels) this.pause();
  }

  pause(): void {
    this.#claim?.pause();
  }

  /** The put is not accepted: what the log may hand over of it all the same, nobody has to answer for. */
  giveUp(): void {
    this.#claim?.giveUp();
    this.end();
  }

  /** It has been asked for all that it counted. The tail may hold it for long, and what it holds with it. */
  end(): void {
    this.#claim = undefined;
    this.#counts.length = 0;
  }

  /** Of a put that had been appended before, those that are subscribed to the channel now (P9). */
  countOf(channel: string, index: number): SubscriberCounts {
    return this.#counts[index] ?? this.#now(channel);
  }

  #now(channel: string): SubscriberCounts {
    return {
      sessions: this.#cohorts.sessionsMatching(channel),
      nativeSubscriptions: this.#zeroMq.nativeSubscriptions(channel),
    };
  }
}
