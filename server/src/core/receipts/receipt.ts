import type { ConfirmedChannel } from '@zerospan/shared';
import type { Member } from '../fanout/cohort.ts';
import { Group } from './group.ts';
import type { Naming } from './naming/naming.ts';
import { Places } from './places.ts';
import { type Recipients, WITNESS_BYTES } from './recipients.ts';
import { Witness } from './witness.ts';

/** Receives the changes of a receipt. */
export interface ReceiptListener {
  /** The last one has answered; not called for a receipt that nobody has to answer. */
  settled(): void;
  /** It takes this many bytes more, or less where it is below 0. */
  grew(bytes: number): void;
}

/** What fan-out took of the put in one turn. */
interface Part {
  readonly places: Places;
  readonly groups: readonly Group[];
  /** Of each channel: sessions that are not asked. */
  readonly unasked: readonly number[];
}

/** Who got what of one put, as it becomes known. */
export class Receipt {
  /** What it takes of memory now. */
  bytes: number;
  /** Who they are; undefined: nobody asks. */
  readonly naming: Naming | undefined;
  readonly #listener: ReceiptListener;
  readonly #parts: Part[] = [];
  #open = 0;

  /** @param bytes that it takes by itself */
  constructor(bytes: number, listener: ReceiptListener, naming?: Naming) {
    this.bytes = bytes;
    this.naming = naming;
    this.#listener = listener;
  }

  /**
   * Those have to answer from now on. It is called once for a put, or once a turn where fan-out takes it in several.
   */
  add({ channels, groups, unasked, unnamed }: Recipients): void {
    this.naming?.began(channels, unnamed);
    const places = groups.reduce((sum, { indexes }) => sum + indexes.length, 0);
    const all = new Places(channels, groups.length, places);
    const made = groups.map(({ members, indexes }) => this.#group(all, members, indexes));
    this.#parts.push({ places: all, groups: made, unasked });
  }

  /** How many have not answered for everything. */
  get open(): number {
    return this.#open;
  }

  /** Ends it: who has not answered by now, has not answered. */
  end(): ConfirmedChannel[] {
    return this.#parts.flatMap(({ places, groups, unasked }) => {
      const counts = unasked.map((unanswered) => ({ confirmed: 0, skipped: 0, unanswered }));
      for (const group of groups) {
        group.end();
        group.addTo(counts);
      }
      return places.channels.map((channel, i) => ({
        channel,
        offset: places.offsets[i] as number,
        ...(counts[i] as (typeof counts)[number]),
      }));
    });
  }

  #group(places: Places, members: readonly Member[], indexes: readonly number[]): Group {
    const group = new Group(places, indexes, this);
    const named = this.naming?.group(group, members.length);
    for (const member of members) {
      const { witnesses } = member;
      const witness = named ? named(member) : witnesses && new Witness(group);
      if (!witnesses || !witness) {
        group.countMute();
        continue;
      }
      this.#open += 1;
      witness.moveTo(witnesses);
    }
    return group;
  }

  // Called by its groups.

  answered(): void {
    this.#open -= 1;
    this.grew(-WITNESS_BYTES);
    if (this.#open === 0) this.#listener.settled();
  }

  grew(bytes: number): void {
    this.bytes += bytes;
    this.#listener.grew(bytes);
  }
}
