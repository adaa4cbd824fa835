import { firstWhere } from '../../../core/log/first-where.ts';
import { matches } from '../../../core/log/matching.ts';
import type { Scan } from '../../../core/log/store.ts';
import type { TimeSlicer } from '../../../core/time-slicer.ts';
import type { Answer } from '../../packs/answer.ts';
import { storedOf, type VerifiedPack } from '../../packs/verified-pack.ts';
import type { PackPlace, SegmentIndex } from '../index/segment-index.ts';
import { type Hole, missingIn } from '../segments/holes.ts';
import { SealedSegment } from '../segments/sealed-segment.ts';
import type { Segment } from '../segments/segment.ts';
import { channelsOf } from './matching-channels.ts';
import { Merge, type Span } from './merge.ts';
import type { Packs } from './packs.ts';
import { Stretch } from './windows.ts';

/** Names checked, or entries visited, between two questions whether the turn has time left. */
const PIECE = 64;

/** Where the channels have one of two entries, or more, all are visited: that costs less than merging. */
const DENSE = 2;

export interface WalkParts {
  readonly packs: Packs;
  readonly turns: TimeSlicer;
  readonly positionOf: (segment: Segment) => number;
  /** A pack is damaged. */
  readonly onBad: (hole: Hole, segment: Segment) => void;
}

/** What is due of a segment, by its channels. */
interface Due {
  readonly merge: Merge;
  /** Most packs have something of it. */
  readonly isDense: boolean;
}

/** Goes over the entries of one scan, segment by segment, until its answer is full. */
export class Walk {
  readonly #parts: WalkParts;
  readonly #scan: Scan;
  readonly #answer: Answer;
  readonly #stretch: Stretch;
  #hasBegun = false;

  constructor(parts: WalkParts, scan: Scan, answer: Answer) {
    this.#parts = parts;
    this.#scan = scan;
    this.#answer = answer;
    this.#stretch = new Stretch(parts.packs.windows, scan);
  }

  /** @param span within the segment */
  async through(segment: Segment, span: Span): Promise<void> {
    const found = segment.index();
    const index = found instanceof Promise ? await found : found;
    // It was made again from the packs that are whole: others are missing in it.
    if (segment instanceof SealedSegment && index.packs.count < segment.footer.packs)
      for (const hole of missingIn(index.packs, segment)) this.#parts.onBad(hole, segment);
    if (!this.#hasBegun) this.#begin(segment, index, span);
    const due = await this.#dueIn(segment, index, span);
    if (due) await this.#some(segment, index, due);
    else await this.#all(segment, index, span);
    // Nothing more is due here; yet others end there.
    const position = this.#parts.positionOf(segment);
    if (this.#stretch.goesOnTo(this.#isForwards ? position + segment.bytes - 1 : position)) return;
    const beyond = this.#firstBeyond(segment, index);
    const isWithin = beyond !== undefined && beyond > span.after && beyond <= span.upTo;
    if (!this.#answer.isFull && isWithin) this.#answer.stopBefore(beyond);
  }

  #begin(segment: Segment, { packs }: SegmentIndex, span: Span): void {
    this.#hasBegun = true;
    const i = Math.min(packs.find(this.#isForwards ? span.after + 1 : span.upTo), packs.count - 1);
    if (i >= 0) this.#stretch.begin(this.#parts.positionOf(segment) + packs.at(i).at);
  }

  get #isForwards(): boolean {
    return this.#scan.order === 'forwards';
  }

  /** What is due, by its channels; undefined: all entries are visited. */
  async #dueIn(segment: Segment, index: SegmentIndex, span: Span): Promise<Due | undefined> {
    const { order, filter, isDue } = this.#scan;
    if (!isDue && filter.prefixes.includes('')) return undefined;
    const merge = new Merge(order, span);
    let [count, checked] = [0, 0];
    for (const channel of channelsOf(index, filter)) {
      if (++checked % PIECE === 0) await this.#parts.turns.wait();
      if (!channel || (isDue && !isDue(channel.name))) continue;
      count += channel.count;
      if (count * DENSE > segment.entries) return undefined;
      merge.add(channel);
    }
    return { merge, isDense: count >= index.packs.count };
  }

  /** By the index: only packs that have something are read, and of these only what is due. */
  async #some(segment: Segment, index: SegmentIndex, { merge, isDense }: Due): Promise<void> {
    for (let next = merge.offset; next !== undefined; next = merge.offset) {
      const i = index.packs.find(next);
      const place = index.packs.at(i);
      if (!this.#admits(next, segment, index, place)) return;
      const pack = await this.#pack(segment, index, i, isDense);
      if (pack) await this.#take(pack, place, merge);
      else this.#skip(segment, place, merge);
      if (this.#answer.isFull) return;
    }
  }

  async #take(pack: VerifiedPack, place: PackPlace, merge: Merge): Promise<void> {
    const { time } = place;
    let taken = 0;
    for (let offset = merge.offset; offset !== undefined; offset = merge.offset) {
      if (!isIn(place, offset)) return;
      if (taken++ % PIECE === PIECE - 1) await this.#parts.turns.wait();
      if (!this.#answer.admits(offset)) return;
      const record = pack.record(pack.find(offset));
      // Bytes of its own: a view would keep all that was read with it.
      const payload = record.kind === 'gap' ? record.payload : Buffer.from(record.payload);
      const entry = storedOf(record, payload, { offset, time, channel: merge.channel });
      if (!this.#answer.take(entry)) return;
      merge.next();
    }
  }

  #skip(segment: Segment, place: PackPlace, merge: Merge): void {
    this.#bad(segment, place);
    for (let next = merge.offset; next !== undefined && isIn(place, next); next = merge.offset) merge.next();
  }

  /** Pack by pack, each entry. */
  async #all(segment: Segment, index: SegmentIndex, span: Span): Promise<void> {
    const { packs } = index;
    const step = this.#isForwards ? 1 : -1;
    const from = this.#isForwards
      ? packs.find(span.after + 1)
      : Math.min(packs.find(span.upTo), packs.count - 1);
    for (let i = from; i >= 0 && i < packs.count; i += step) {
      const place = packs.at(i);
      const first = Math.max(place.first, span.after + 1);
      const last = Math.min(lastOf(place), span.upTo);
      // Backwards, the first one may lie above, where offsets are missing.
      if (first > last) {
        if (this.#isForwards ? first > span.upTo : lastOf(place) <= span.after) return;
        continue;
      }
      if (!this.#admits(this.#isForwards ? first : last, segment, index, place)) return;
      const pack = await this.#pack(segment, index, i, true);
      if (pack) await this.#visit(pack, span);
      else this.#bad(segment, place);
      if (this.#answer.isFull) return;
    }
  }

  async #visit(pack: VerifiedPack, span: Span): Promise<void> {
    const records = pack.records ?? 0;
    const { time } = pack.header;
    for (let visited = 0; visited < records; visited++) {
      if (visited % PIECE === PIECE - 1) await this.#parts.turns.wait();
      const i = this.#isForwards ? visited : records - 1 - visited;
      const record = pack.record(i);
      const first = pack.offsetOf(i);
      if (first > span.upTo || first + record.count <= span.after + 1) continue;
      const { channels } = record;
      for (let n = 0; n < channels.length; n++) {
        const at = this.#isForwards ? n : channels.length - 1 - n;
        const offset = first + at;
        if (offset <= span.after || offset > span.upTo) continue;
        if (!this.#answer.admits(offset)) return;
        const channel = channels[at] as string;
        if (!this.#isDue(channel)) this.#answer.pass();
        else if (!this.#answer.take(storedOf(record, record.payload, { offset, time, channel }))) return;
      }
    }
  }

  #isDue(channel: string): boolean {
    const { filter, isDue } = this.#scan;
    return matches(filter, channel) && (!isDue || isDue(channel));
  }

  /** Undefined: it is damaged. */
  async #pack(
    segment: Segment,
    { packs }: SegmentIndex,
    i: number,
    isDense: boolean,
  ): Promise<VerifiedPack | undefined> {
    const position = this.#parts.positionOf(segment);
    const asked = { segment, position, table: packs, i, order: this.#scan.order, isDense };
    await this.#parts.turns.wait();
    const pack = this.#parts.packs.held(asked) ?? (await this.#parts.packs.read(asked));
    return pack?.records === undefined ? undefined : pack;
  }

  /** Whether a pack may be read for the entry of an offset; else the answer ends before that. */
  #admits(offset: number, segment: Segment, index: SegmentIndex, { at }: PackPlace): boolean {
    if (!this.#answer.admits(offset)) return false;
    if (this.#stretch.admits(this.#parts.positionOf(segment) + at)) return true;
    this.#answer.stopBefore(this.#firstBeyond(segment, index) ?? offset);
    return false;
  }

  /** The first offset of a segment behind the edge, in the order of the scan: where all end who end there. */
  #firstBeyond(segment: Segment, { packs }: SegmentIndex): number | undefined {
    const { edge } = this.#stretch;
    if (edge === undefined) return undefined;
    const at = edge - this.#parts.positionOf(segment);
    const i = firstWhere(0, packs.count, (i) => packs.at(i).at >= at);
    if (this.#isForwards) return i < packs.count ? packs.at(i).first : undefined;
    return i > 0 ? lastOf(packs.at(i - 1)) : undefined;
  }

  #bad(segment: Segment, place: PackPlace): void {
    this.#parts.onBad({ from: place.first, to: lastOf(place) }, segment);
  }
}

function lastOf({ first, entries }: PackPlace): number {
  return first + entries - 1;
}

function isIn(place: PackPlace, offset: number): boolean {
  return offset >= place.first && offset <= lastOf(place);
}
