import type { Want } from '../../core/log/log.ts';
import { matches } from '../../core/log/matching.ts';
import { Channel, type Held } from './channel.ts';

/** Channels of which nothing is held any more, but of which it is known how far they were dropped. */
const REMEMBERED_CHANNELS = 100_000;

/** All channels that the log knows of, and how far each has lost what it had. */
export class Channels {
  readonly #byName = new Map<string, Channel>();
  /** Names of channels that hold nothing, the longest so first. */
  readonly #hollow = new Set<string>();
  /** The highest `lostUpTo` of all channels, and of those that have been forgotten. */
  #lostUpTo = 0;
  #forgottenUpTo = 0;

  get count(): number {
    return this.#byName.size;
  }

  /** No channel has lost anything above this offset. */
  get lostUpTo(): number {
    return this.#lostUpTo;
  }

  get(name: string): Channel | undefined {
    return this.#byName.get(name);
  }

  /** The channel that an entry is about to be added to. */
  obtain(name: string): Channel {
    this.#hollow.delete(name);
    const known = this.#byName.get(name);
    if (known) return known;
    // What was forgotten might have been of this name: about it, gaps are told rather too often than too rarely.
    const channel = new Channel(name, this.#forgottenUpTo);
    this.#byName.set(name, channel);
    return channel;
  }

  /** A channel loses an entry for good: the oldest of its kind. */
  lose(channel: Channel, entry: Held): void {
    channel.drop(entry);
    this.#lostUpTo = Math.max(this.#lostUpTo, channel.lostUpTo);
    if (!channel.isHollow) return;
    this.#hollow.add(channel.name);
    if (this.#hollow.size <= REMEMBERED_CHANNELS) return;
    const [longest = channel.name] = this.#hollow;
    this.#forgottenUpTo = Math.max(this.#forgottenUpTo, this.#byName.get(longest)?.lostUpTo ?? 0);
    this.#hollow.delete(longest);
    this.#byName.delete(longest);
  }

  /** Offset of the newest entry that a want has lost, if it is above `from`; else something not above it. */
  lostBy({ filter }: Want, from: number): number {
    if (from >= this.#lostUpTo) return 0;
    let to = from < this.#forgottenUpTo && filter.prefixes.length > 0 ? this.#forgottenUpTo : 0;
    for (const name of filter.channels) {
      to = Math.max(to, this.#byName.get(name)?.lostUpTo ?? this.#forgottenUpTo);
    }
    if (filter.prefixes.length === 0) return to;
    for (const channel of this.#byName.values()) {
      if (channel.lostUpTo > to && matches(filter, channel.name)) to = channel.lostUpTo;
    }
    return to;
  }
}
