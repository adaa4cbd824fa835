import type { Clock } from '@zerospan/shared';
import { LogThrottle } from '../../log-throttle.ts';
import { Links } from '../bridge/links.ts';
import type { RelayHeader } from '../bridge/wire.ts';
import type { NativeMessage } from '../framing.ts';
import type { Logger } from '../ports.ts';
import type { Peers } from '../sockets/peers.ts';
import { Carried, type Concerned } from './carried.ts';
import { Sequences } from './sequences.ts';

/** A jump in the numbers above this says that something is lost, and not how much. */
const MISSED_MOST = 2 ** 32;

export interface LossesOptions {
  readonly role: 'bind' | 'connect';
  readonly address: string;
  readonly peers: Pick<Peers, 'changes' | 'connected'>;
  /** Messages that may wait in ZeroMQ's queue. */
  readonly mostWaiting: number;
  /** Takes a loss, in order with the messages. */
  readonly report: (channels: Concerned, missed: number | null) => void;
  readonly logger: Logger;
  readonly clock: Clock;
}

/** What a bridge says of where it stands. */
export type StandingHeader = Exclude<RelayHeader, { kind: 'announcement' }>;

/** What was lost between the publishers of one address and this server, as far as that can be seen. */
export class Losses {
  /** Gaps appended. */
  reported = 0;
  /** Messages known to be lost by the numbers of others. */
  missed = 0;
  readonly #options: LossesOptions;
  #sequences = new Sequences();
  #links = new Links();
  readonly #throttle: LogThrottle;
  /** What a source has sent without numbers. */
  readonly #carried = new Carried();
  /** What bridges behind a source have ever sent, and the part of it since a loss of theirs was last reported. */
  readonly #relayed = new Carried();
  readonly #relayedSince = new Carried();
  /** What is to be reported once everything from before the loss was taken. */
  readonly #due = new Carried();
  #sinceDue = 0;
  #unjudgedBefore = 0;
  /** Whether a source that was a bridge is connected again and has not said yet where it stands. */
  #isUnproven = false;

  constructor(options: LossesOptions) {
    this.#options = options;
    this.#throttle = LogThrottle.ofKinds(options.clock);
  }

  /** Channels whose numbers are not judged any more, because several publishers number them. */
  get unjudged(): number {
    return this.#unjudgedBefore + this.#sequences.shared;
  }

  /**
   * A source is read that another node may have read before: nothing that was heard here says how much is lost.
   * @param carried the channels on which something may be lost
   * @returns whether there are any: it is reported when the source has returned
   */
  begin(carried: Concerned): boolean {
    this.#unjudgedBefore = this.unjudged;
    this.#sequences = new Sequences();
    this.#links = new Links();
    this.#carried.addAll(this.#due);
    for (const each of [this.#relayed, this.#relayedSince, this.#due]) each.clear();
    this.#sinceDue = 0;
    this.#isUnproven = false;
    this.#carried.addConcerned(carried);
    return !this.#carried.isEmpty;
  }

  /**
   * Whether news of the peers must be read before this message is judged: they come by another way, and a message may
   * overtake them. One whose number falls back may come from a publisher that has just restarted, one of a source that
   * is not there from it, connected again.
   */
  mustWait({ channel, sequence }: NativeMessage): boolean {
    const { role, peers } = this.#options;
    if (role === 'connect' && peers.connected === 0) return true;
    return sequence !== undefined && this.#sequences.fallsBack(channel, sequence, peers.changes);
  }

  /** A message is about to be taken: reports what was lost before it. */
  before({ channel, sequence }: NativeMessage): void {
    this.#sinceDue++;
    const isJudged = sequence !== undefined && this.#judge(channel, sequence);
    if (this.#options.role === 'bind') return;
    // No bridge any more, or not one alone: what it sent last before it went is not proven.
    if (this.#isUnproven) this.#lostOnTheWay();
    // Where numbers are judged, the next one says how many, exactly.
    if (isJudged) this.#carried.delete(channel);
    else this.#carried.add(channel);
  }

  /** A bridge says where it stands, with a publication or without: reports what was lost before that. */
  standing(header: StandingHeader): void {
    const { kind, sender, place } = header;
    // What came before it was known to be a bridge is counted by it as well.
    if (!this.#links.isUsed) this.#carried.clear();
    const isLost = this.#links[kind](sender, place);
    if (isLost) this.#lostOnTheWay();
    else if (this.#isUnproven && this.#throttle.due('nothing lost') !== undefined)
      this.#options.logger.info(
        { address: this.#options.address },
        'a source is connected again, and nothing was lost',
      );
    this.#isUnproven = false;
  }

  /** A publication of a bridge is taken. */
  relayed(channel: string): void {
    this.#relayed.add(channel);
    this.#relayedSince.add(channel);
  }

  /** Nobody knows whether this publication was taken before, and it is not taken. */
  unsure(channel: string): void {
    this.#report([channel], null);
  }

  /**
   * The source is connected again: what it sent meanwhile is lost, on each channel that had a message since this was
   * last said.
   */
  returned(): void {
    if (this.#links.isUsed) this.#isUnproven = true;
    if (this.#carried.isEmpty && this.#links.isUsed) return;
    this.#warn('a source is connected again; what it sent meanwhile is lost', {
      channels: this.#carried.size,
    });
    this.#due.addAll(this.#carried);
    this.#carried.clear();
    this.#sinceDue = 0;
  }

  /** Whether something waits to be reported by `settle`. */
  get isDue(): boolean {
    return !this.#due.isEmpty;
  }

  /**
   * Reports what is due, once everything from before the loss has been taken: some of that may still wait in ZeroMQ's
   * queue. Late rather than early, because a client that subscribes in between has to receive the gap as well.
   * @param isDrained whether nothing waits there now; where something always does, the report comes after the messages
   * that may wait at most
   */
  settle(isDrained: boolean): void {
    if (this.#due.isEmpty) return;
    if (!isDrained && this.#sinceDue <= this.#options.mostWaiting) return;
    this.#report(this.#due.take(), null);
  }

  #lostOnTheWay(): void {
    this.#isUnproven = false;
    if (this.#relayed.isEmpty) return;
    this.#warn('something that a bridge sent was lost on the way', { channels: this.#relayed.size });
    // A channel that has been quiet since the last report may have lost something again. One entry says so for every
    // channel: an entry for each, with every loss of a bad connection, would fill the log.
    const isAll = this.#relayedSince.covers(this.#relayed);
    const since = this.#relayedSince.take();
    this.#report(isAll ? since : 'every', null);
  }

  /** Answers whether the numbers of this channel say anything. */
  #judge(channel: string, sequence: number): boolean {
    const { role, peers } = this.#options;
    const { shared } = this.#sequences;
    const verdict = this.#sequences.judge(channel, sequence, peers.changes);
    if (this.#sequences.shared > shared) {
      this.#warn('several publishers number one channel: its numbers are not judged any more', { channel });
    }
    if (verdict.kind === 'missed') this.#report([channel], verdict.missed);
    // What a source had sent last before it restarted may have died with its connection.
    else if (verdict.kind === 'anew' && role === 'connect') this.#report([channel], null);
    else if (verdict.kind === 'anew' && verdict.missed > 0) this.#report([channel], verdict.missed);
    return verdict.kind !== 'shared';
  }

  #report(channels: Concerned, missedByNumber: number | null): void {
    // Such a jump is no loss that anybody counted, and sums of them would be no whole numbers any more.
    const missed = (missedByNumber ?? 0) > MISSED_MOST ? null : missedByNumber;
    this.reported += channels === 'every' ? 1 : channels.length;
    this.missed += missed ?? 0;
    this.#options.report(channels, missed);
  }

  #warn(text: string, about: object): void {
    const { address, logger } = this.#options;
    if (this.#throttle.due(text) !== undefined) logger.warn({ address, ...about }, text);
  }
}
