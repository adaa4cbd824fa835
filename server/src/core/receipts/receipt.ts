import type { ConfirmedChannel } from '@zerospan/shared';
import type { Member } from '../fanout/cohort.ts';
import { Group } from './group.ts';
import { Witness } from './witness.ts';

/** Who wants which channels of a put, by the index of the channel: a group for each set of filters. */
export type Crowd = readonly { readonly members: readonly Member[]; readonly indexes: readonly number[] }[];

/** Who got what of one put, as it becomes known. */
export class Receipt {
  readonly #channels: readonly { readonly channel: string; readonly offset: number }[];
  readonly #onSettled: () => void;
  readonly #groups: Group[] = [];
  #open = 0;

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
    return this.#open;
  }

  /** Ends it: who has not answered by now, has not answered. */
  end(): ConfirmedChannel[] {
    const counts = this.#channels.map(() => ({ confirmed: 0, skipped: 0, unanswered: 0 }));
    for (const group of this.#groups) {
      for (const witness of group.open) {
        witness.moveTo(undefined);
        group.count(witness);
      }
      group.addTo(counts);
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
    const group = new Group(places);
    this.#groups.push(group);
    const answered = (witness: Witness): void => this.#answered(witness, group);
    for (const { witnesses } of members) {
      if (!witnesses) {
        group.countMute();
        continue;
      }
      const witness = new Witness(places, answered);
      group.open.add(witness);
      this.#open += 1;
      witness.moveTo(witnesses);
    }
  }

  #answered(witness: Witness, group: Group): void {
    group.open.delete(witness);
    group.count(witness);
    this.#open -= 1;
    if (this.#open === 0) this.#onSettled();
  }
}
