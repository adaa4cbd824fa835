import type { ConfirmedChannel } from '@zerospan/shared';
import type { Member } from '../fanout/cohort.ts';
import { type Crowd, WITNESS_BYTES } from './crowd.ts';
import { Group } from './group.ts';
import { Places, type PutChannel } from './places.ts';
import { Witness } from './witness.ts';

/** What a receipt tells of itself. */
export interface ReceiptListener {
  /** The last one has answered; not told of one that nobody has to answer. */
  settled(): void;
  /** It takes so many bytes more, or less where it is below 0. */
  grew(bytes: number): void;
}

/** Who got what of one put, as it becomes known. */
export class Receipt {
  readonly #places: Places;
  readonly #listener: ReceiptListener;
  readonly #groups: Group[];
  #open = 0;
  #bytes: number;

  /** @param channels one for each channel of the put, by offset */
  constructor(channels: readonly PutChannel[], { groups, bytes }: Crowd, listener: ReceiptListener) {
    const places = groups.reduce((sum, { indexes }) => sum + indexes.length, 0);
    this.#places = new Places(channels, groups.length, places);
    this.#listener = listener;
    this.#bytes = bytes;
    this.#groups = groups.map(({ members, indexes }) => this.#group(members, indexes));
  }

  /** How many have not answered for everything. */
  get open(): number {
    return this.#open;
  }

  /** What it takes of memory now. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Ends it: who has not answered by now, has not answered. */
  end(): ConfirmedChannel[] {
    const counts = this.#places.channels.map(() => ({ confirmed: 0, skipped: 0, unanswered: 0 }));
    for (const group of this.#groups) {
      group.end();
      group.addTo(counts);
    }
    return this.#places.channels.map((channel, i) => ({
      channel,
      offset: this.#places.offsets[i] as number,
      ...(counts[i] as (typeof counts)[number]),
    }));
  }

  #group(members: readonly Member[], indexes: readonly number[]): Group {
    const group = new Group(this.#places, indexes, this);
    for (const { witnesses } of members) {
      if (!witnesses) {
        group.countMute();
        continue;
      }
      this.#open += 1;
      new Witness(group).moveTo(witnesses);
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
    this.#bytes += bytes;
    this.#listener.grew(bytes);
  }
}
