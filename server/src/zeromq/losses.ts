import type { Clock } from '@zerospan/shared';
import type { NativeMessage } from './framing.ts';
import type { Peers } from './peers.ts';
import type { Logger } from './ports.ts';
import { Seldom } from './seldom.ts';
import { Sequences } from './sequences.ts';

/** Channels of one source whose loss would be told when it comes back. The longest unheard is forgotten. */
export const CARRIED_CHANNELS = 4_096;

/** A jump in the numbers above this says that something is lost, and not how much. */
const MISSED_MOST = 2 ** 32;

export interface LossesOptions {
  readonly role: 'bind' | 'connect';
  readonly address: string;
  readonly peers: Pick<Peers, 'changes' | 'connected'>;
  /** Messages that may wait in ZeroMQ's queue. */
  readonly mostWaiting: number;
  /** Takes a loss, in order with the messages. */
  readonly tell: (channels: readonly string[], missed: number | null) => void;
  readonly logger: Logger;
  readonly clock: Clock;
}

/** What was lost between the publishers of one address and this server, as far as that can be seen. */
export class Losses {
  /** Gaps told, one for each channel. */
  told = 0;
  /** Messages known to be lost by the numbers of others. */
  missed = 0;
  readonly #options: LossesOptions;
  readonly #sequences = new Sequences();
  readonly #seldom: Seldom;
  /** What a source has sent without numbers since the last gap, by channel: the longest unheard first. */
  readonly #carried = new Set<string>();
  /** Channels that are to be told that something is lost. */
  readonly #due = new Set<string>();
  #sinceDue = 0;

  constructor(options: LossesOptions) {
    this.#options = options;
    this.#seldom = new Seldom(options.clock);
  }

  /** Channels whose numbers are not judged any more, because several publishers number them. */
  get unjudged(): number {
    return this.#sequences.shared;
  }

  /**
   * Whether news of the peers must be read before this message is judged: they come by another way, and a message may overtake them. One
   * whose number falls back may come from a publisher that has just begun anew, one of a source that is not there from it, come back.
   */
  mustWait({ channel, sequence }: NativeMessage): boolean {
    const { role, peers } = this.#options;
    if (role === 'connect' && peers.connected === 0) return true;
    return sequence !== undefined && this.#sequences.fallsBack(channel, sequence, peers.changes);
  }

  /** A message is about to be taken: tells what was lost before it. */
  before({ channel, sequence }: NativeMessage): void {
    this.#sinceDue++;
    const isJudged = sequence !== undefined && this.#judge(channel, sequence);
    if (this.#options.role === 'bind') return;
    this.#carried.delete(channel);
    // Where numbers are judged, the next one tells how many, exactly.
    if (isJudged) return;
    this.#carried.add(channel);
    if (this.#carried.size <= CARRIED_CHANNELS) return;
    const [longest = channel] = this.#carried;
    this.#carried.delete(longest);
    this.#warn('more channels than can be told of', { most: CARRIED_CHANNELS });
  }

  /** The source is connected again: what it sent meanwhile is lost, on each channel that had a message since this was last said. */
  returned(): void {
    this.#warn('a source is connected again; what it sent meanwhile is lost', {
      channels: this.#carried.size,
    });
    for (const channel of this.#carried) this.#due.add(channel);
    this.#carried.clear();
    this.#sinceDue = 0;
  }

  /** Whether something waits to be told by `settle`. */
  get isDue(): boolean {
    return this.#due.size > 0;
  }

  /**
   * Tells what is due, once everything from before the loss has been taken: some of that may still wait in ZeroMQ's queue. Late rather
   * than early, because who comes in between has to be told as well.
   * @param isDrained whether nothing waits there now; where something always does, as many messages are let pass as may wait
   */
  settle(isDrained: boolean): void {
    if (this.#due.size === 0) return;
    if (!isDrained && this.#sinceDue <= this.#options.mostWaiting) return;
    const channels = [...this.#due];
    this.#due.clear();
    this.#tell(channels, null);
  }

  /** Answers whether the numbers of this channel say anything. */
  #judge(channel: string, sequence: number): boolean {
    const { role, peers } = this.#options;
    const { shared } = this.#sequences;
    const verdict = this.#sequences.judge(channel, sequence, peers.changes);
    if (this.#sequences.shared > shared) {
      this.#warn('several publishers number one channel: its numbers are not judged any more', { channel });
    }
    if (verdict.kind === 'missed') this.#tell([channel], verdict.missed);
    // What a source had sent last before it began anew may have died with its connection.
    else if (verdict.kind === 'anew' && role === 'connect') this.#tell([channel], null);
    else if (verdict.kind === 'anew' && verdict.missed > 0) this.#tell([channel], verdict.missed);
    return verdict.kind !== 'shared';
  }

  #tell(channels: readonly string[], missedByNumber: number | null): void {
    // Such a jump is no loss that anybody counted, and sums of them would be no whole numbers any more.
    const missed = (missedByNumber ?? 0) > MISSED_MOST ? null : missedByNumber;
    this.told += channels.length;
    this.missed += missed ?? 0;
    this.#options.tell(channels, missed);
  }

  #warn(text: string, about: object): void {
    const { address, logger } = this.#options;
    if (this.#seldom.due(text)) logger.warn({ address, ...about }, text);
  }
}
