import type { FilterSet } from '@zerospan/shared';
import type { DroppedAnswer, DroppedQuestion } from '../../../core/log/store.ts';
import type { TimeSlicer } from '../../../core/time-slicer.ts';
import type { ChannelOffsets, SegmentIndex } from '../index/segment-index.ts';
import type { Holes } from '../segments/holes.ts';
import type { Segment } from '../segments/segment.ts';
import type { View } from '../segments/segments.ts';
import { channelsOf } from './matching-channels.ts';

/** Channels checked between two questions whether the turn has time left. */
const PIECE = 64;

/** Most channels that are checked for one scan: beyond, nobody knows how much was dropped. */
const CHECKED_MOST = 1_000_000;

/** What of a filter was dropped, as far as it was counted. */
class Tally {
  first: number | null | undefined;
  to = 0;
  missed: number | null = 0;

  add(first: number, to: number, missed: number | null): void {
    this.first = this.first === undefined ? first : this.first && Math.min(this.first, first);
    this.to = Math.max(this.to, to);
    this.missed = this.missed === null || missed === null ? null : this.missed + missed;
  }

  /** Something up to here may have been dropped, from nobody knows where on. */
  unknown(to: number): void {
    this.first = null;
    this.to = Math.max(this.to, to);
    this.missed = null;
  }

  get answer(): DroppedAnswer | undefined {
    const { first, to, missed } = this;
    return first === undefined ? undefined : { first, to, missed };
  }
}

/** Says what of filters was dropped, by the indexes of the segments that were. */
export class DroppedAnswers {
  /** Channels checked. */
  searched = 0;
  readonly #view: View;
  readonly #holes: Holes;
  readonly #turns: TimeSlicer;
  readonly #most: number;

  constructor(view: View, holes: Holes, turns: TimeSlicer, checkedMost = CHECKED_MOST) {
    this.#view = view;
    this.#holes = holes;
    this.#turns = turns;
    this.#most = checkedMost;
  }

  async of(questions: readonly DroppedQuestion[]): Promise<(DroppedAnswer | undefined)[]> {
    const { dropped, droppedUpTo, forgottenUpTo } = this.#view;
    const tallies = questions.map(() => new Tally());
    const isAsked = (upTo: number): boolean => questions.some(({ from }) => from < upTo);
    if (isAsked(droppedUpTo)) {
      const kept = this.#view.lasts && (await indexOf(this.#view.lasts));
      for (const segment of dropped)
        if (isAsked(segment.last)) await this.#count(segment, kept, questions, tallies);
    }
    questions.forEach(({ from }, i) => {
      const tally = tallies[i] as Tally;
      if (from < forgottenUpTo) tally.unknown(forgottenUpTo);
      const hole = this.#holes.above(from);
      if (hole) tally.add(hole.from, hole.to, null);
    });
    return tallies.map(({ answer }) => answer);
  }

  async #count(
    segment: Segment,
    kept: SegmentIndex | undefined,
    questions: readonly DroppedQuestion[],
    tallies: readonly Tally[],
  ): Promise<void> {
    const index = await indexOf(segment);
    for (let i = 0; i < questions.length; i++) {
      const { filter, from } = questions[i] as DroppedQuestion;
      const tally = tallies[i] as Tally;
      if (from >= segment.last) continue;
      // It may have been forgotten just now, or it is damaged.
      if (index && this.searched < this.#most) await this.#countIn(index, kept, filter, from, tally);
      else tally.unknown(segment.last);
    }
  }

  async #countIn(
    index: SegmentIndex,
    kept: SegmentIndex | undefined,
    filter: FilterSet,
    from: number,
    tally: Tally,
  ): Promise<void> {
    for (const channel of channelsOf(index, filter)) {
      if (++this.searched % PIECE === 0) await this.#turns.wait();
      if (!channel) continue;
      addPublications(tally, channel, from, this.#keptOf(kept, channel));
      for (const { offset, stands } of channel.gaps) if (offset > from) tally.add(offset, offset, stands);
    }
  }

  /** The last publication of a channel, if it is kept although it was dropped. */
  #keptOf(kept: SegmentIndex | undefined, { name }: ChannelOffsets): number | undefined {
    const found = kept?.channel(name);
    return found && found.count > 0 ? found.offsetAt(0) : undefined;
  }
}

function addPublications(
  tally: Tally,
  channel: ChannelOffsets,
  from: number,
  kept: number | undefined,
): void {
  let begin = channel.firstAbove(from);
  let end = channel.count;
  if (begin >= end) return;
  let missed = end - begin;
  if (kept !== undefined && kept > from) {
    const at = channel.firstAbove(kept) - 1;
    if (at >= begin && channel.offsetAt(at) === kept) {
      missed--;
      if (at === begin) begin++;
      else if (at === end - 1) end--;
    }
  }
  if (missed > 0) tally.add(channel.offsetAt(begin), channel.offsetAt(end - 1), missed);
}

/** Undefined: it cannot be read. */
export async function indexOf(segment: Segment): Promise<SegmentIndex | undefined> {
  try {
    return await segment.index();
  } catch {
    return undefined;
  }
}
