import type { ConfirmedChannel } from '@zerospan/shared';
import type { Member } from '../fanout/cohort.ts';
import { type Place, Witness } from './witness.ts';

/** All sessions with the same filters: they wanted the same of the put. */
interface Group {
  readonly places: readonly Place[];
  /** How many have everything. */
  confirmed: number;
  /** How many never acknowledge. */
  mute: number;
}

/** Who wants which channels of a put, by the index of the channel: a group for each set of filters. */
export type Crowd = readonly { readonly members: readonly Member[]; readonly indexes: readonly number[] }[];

/** Who got what of one put, as it becomes known. */
export class Receipt {
  readonly #channels: readonly { readonly channel: string; readonly offset: number }[];
  readonly #onSettled: () => void;
  readonly #groups: Group[] = [];
  /** Those who have not answered for everything. */
  readonly #open = new Set<Witness>();
  /** Those who have, but not by acks alone. */
  readonly #particular: Witness[] = [];

  /**
   * @param channels one for each channel of the put, by offset
   * @param onSettled called when the last one has answered; not for one that nobody has to answer
   */
  constructor(
    channels: readonly { readonly channel: string; readonly offset: number }[],
    crowd: Crowd,
    onSettled: () => void,
  ) {
    this.#channels = channels;
    this.#onSettled = onSettled;
    for (const { members, indexes } of crowd) this.#await(members, indexes);
  }

  /** How many have not answered for everything. */
  get open(): number {
    return this.#open.size;
  }

  /** Ends it: who has not answered by now, has not answered. */
  end(): ConfirmedChannel[] {
    for (const witness of this.#open) witness.moveTo(undefined);
    const counts = this.#channels.map(() => ({ confirmed: 0, skipped: 0, unanswered: 0 }));
    for (const { places, confirmed, mute } of this.#groups) {
      for (const { index } of places) {
        const count = counts[index];
        if (!count) continue;
        count.confirmed += confirmed;
        count.unanswered += mute;
      }
    }
    for (const witness of [...this.#particular, ...this.#open]) {
      for (const place of witness.places) {
        const count = counts[place.index];
        if (count) count[witness.fate(place)] += 1;
      }
    }
    return this.#channels.map(({ channel, offset }, i) => ({
      channel,
      offset,
      ...(counts[i] ?? { confirmed: 0, skipped: 0, unanswered: 0 }),
    }));
  }

  #await(members: readonly Member[], indexes: readonly number[]): void {
    const places = indexes.flatMap((index) => {
      const channel = this.#channels[index];
      return channel ? [{ index, ...channel }] : [];
    });
    const group = { places, confirmed: 0, mute: 0 };
    this.#groups.push(group);
    for (const { witnesses } of members) {
      if (!witnesses) {
        group.mute += 1;
        continue;
      }
      const witness = new Witness(places, (answered) => this.#answered(answered, group));
      this.#open.add(witness);
      witness.moveTo(witnesses);
    }
  }

  #answered(witness: Witness, group: Group): void {
    this.#open.delete(witness);
    if (witness.isPlain) group.confirmed += 1;
    else this.#particular.push(witness);
    if (this.#open.size === 0) this.#onSettled();
  }
}
