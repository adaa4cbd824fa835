import { isReserved } from '@zerospan/shared';
import type { Entry, Want } from '../../core/log/log.ts';
import { FairShare } from '../../core/sharing/fair-share.ts';
import { Channel } from './channel.ts';

/** Channels of which nothing is held any more, but of which it is known how far they were dropped. */
const REMEMBERED_CHANNELS = 100_000;

/** A want, and from where on it asks for what it has lost. */
interface Asked<W extends Want> {
  readonly want: W;
  readonly from: number;
}

/** All channels that the log knows of, and how far each has lost what it had. */
export class Channels {
  /** Channels looked through for losses, since the beginning. */
  searched = 0;
  readonly #byName = new Map<string, Channel>();
  /** Names of channels that hold nothing, the longest so first. */
  readonly #hollow = new Set<string>();
  /** The highest `lostUpTo` of all channels, and of those that have been forgotten. */
  #lostUpTo = 0;
  #forgottenUpTo = 0;
  /** Channels that something is held of, by who made the log hold it. */
  readonly #named: FairShare;

  /** @param most channels that something may be held of; 0: unlimited */
  constructor(most: number) {
    this.#named = new FairShare(most);
  }

  get count(): number {
    return this.#byName.size;
  }

  /** How many of them hold something. */
  get held(): number {
    return this.#named.taken;
  }

  /** How many more a user may make the log hold something of. */
  roomFor(user: string): number {
    return this.#named.roomFor(user);
  }

  /** No channel has lost anything above this offset. */
  get lostUpTo(): number {
    return this.#lostUpTo;
  }

  get(name: string): Channel | undefined {
    return this.#byName.get(name);
  }

  /** The channel that an entry is about to be added to. */
  obtain(name: string, user: string): Channel {
    const known = this.#byName.get(name);
    if (known) {
      if (known.isHollow) {
        this.#hollow.delete(name);
        this.#name(known, user);
      }
      return known;
    }
    // What was forgotten might have been of this name: about it, gaps are told rather too often than too rarely.
    const channel = new Channel(ownString(name), this.#forgottenUpTo);
    this.#byName.set(channel.name, channel);
    this.#name(channel, user);
    return channel;
  }

  #name(channel: Channel, user: string): void {
    channel.user = user;
    this.#named.take(user);
  }

  /** A channel loses an entry for good: the oldest of its kind. */
  lose(channel: Channel, entry: Pick<Entry, 'kind' | 'offset'>): void {
    channel.drop(entry);
    this.#lostUpTo = Math.max(this.#lostUpTo, channel.lostUpTo);
    if (!channel.isHollow) return;
    this.#named.release(channel.user);
    this.#hollow.add(channel.name);
    if (this.#hollow.size <= REMEMBERED_CHANNELS) return;
    const [longest = channel.name] = this.#hollow;
    this.#forgottenUpTo = Math.max(this.#forgottenUpTo, this.#byName.get(longest)?.lostUpTo ?? 0);
    this.#hollow.delete(longest);
    this.#byName.delete(longest);
  }

  /** Those of these wants that have lost something above `from`, and up to which offset. */
  lostBy<W extends Want>(asked: readonly Asked<W>[]): (Asked<W> & { readonly to: number })[] {
    const upTo = asked.map(({ want, from }) => this.#lostByName(want, from));
    const byPrefix = new Map<string, number[]>();
    for (const [i, { want }] of asked.entries()) {
      for (const prefix of want.filter.prefixes) {
        const some = byPrefix.get(prefix);
        if (some) some.push(i);
        else byPrefix.set(prefix, [i]);
      }
    }
    if (byPrefix.size > 0) this.#eachLoss(byPrefix, Math.min(...asked.map(({ from }) => from)), upTo);
    return asked.flatMap((each, i) => {
      const to = upTo[i] ?? 0;
      return to > each.from ? [{ ...each, to }] : [];
    });
  }

  #lostByName({ filter }: Want, from: number): number {
    let to = from < this.#forgottenUpTo && filter.prefixes.length > 0 ? this.#forgottenUpTo : 0;
    for (const name of filter.channels) {
      to = Math.max(to, this.#byName.get(name)?.lostUpTo ?? this.#forgottenUpTo);
    }
    return to;
  }

  /** Raises `upTo` by what the channels of each prefix have lost: one look at each channel for all prefixes together. */
  #eachLoss(byPrefix: ReadonlyMap<string, readonly number[]>, from: number, upTo: number[]): void {
    this.searched += this.#byName.size;
    const lengths = [...new Set([...byPrefix.keys()].map((prefix) => prefix.length))];
    for (const { name, lostUpTo } of this.#byName.values()) {
      if (lostUpTo <= from) continue;
      for (const length of lengths) {
        if (length > name.length || (length === 0 && isReserved(name))) continue;
        for (const i of byPrefix.get(name.slice(0, length)) ?? []) {
          if (lostUpTo > (upTo[i] ?? 0)) upTo[i] = lostUpTo;
        }
      }
    }
  }
}

/** The same name in memory of its own: cut out of a message, it would keep the whole message alive for as long as the channel is known. */
function ownString(name: string): string {
  return Buffer.from(name).toString();
}
