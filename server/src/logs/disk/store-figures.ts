import type { DiskFigures } from './figures.ts';
import type { Segment } from './segments/segment.ts';
import type { Segments } from './segments/segments.ts';
import type { Appending } from './writing/appending.ts';
import { fullText } from './writing/room.ts';

/** Of files beside the segments: `meta`, and `.gitignore`. */
const OTHER_BYTES = 8_194;

/** The newest ones of the operator's notes that are kept. */
const NOTES_MOST = 20;

/** Where figures are read from. */
export interface FiguresOf {
  readonly reserveBytes: number;
  readonly segments: Segments;
  readonly appending: Pick<Appending, 'isFull' | 'syncTimes' | 'waitingBytes' | 'unsyncedBytes'>;
}

/** What a store says of itself. */
export class StoreFigures implements DiskFigures {
  readonly #of: FiguresOf;
  readonly #notes: string[];
  #badPacks = 0;

  /** @param notes what a start found */
  constructor(of: FiguresOf, notes: readonly string[]) {
    this.#of = of;
    this.#notes = [...notes].slice(-NOTES_MOST);
  }

  get bytes(): number {
    const { segments, appending, reserveBytes } = this.#of;
    const { lasts, dropped } = segments.view;
    const beside = [...(lasts ? [lasts] : []), ...dropped].reduce((sum, { bytes }) => sum + bytes, 0);
    return segments.bytes + beside + OTHER_BYTES + (appending.isFull ? 0 : reserveBytes);
  }

  get segmentBytes(): number {
    return this.#of.segments.bytes;
  }

  get segments(): number {
    return this.#all.length;
  }

  get entries(): number {
    return this.#all.reduce((sum, { entries }) => sum + entries, 0);
  }

  get oldest(): number {
    return this.#of.segments.view.droppedUpTo + 1;
  }

  get oldestTime(): number | undefined {
    return this.#all.find(({ entries }) => entries > 0)?.firstTime;
  }

  get syncs(): number {
    return this.#of.appending.syncTimes.count;
  }

  get syncMs(): number {
    return this.#of.appending.syncTimes.totalMs;
  }

  get longestSyncMs(): number {
    return this.#of.appending.syncTimes.longestMs;
  }

  get waitingBytes(): number {
    return this.#of.appending.waitingBytes;
  }

  get unsyncedBytes(): number {
    return this.#of.appending.unsyncedBytes;
  }

  get badPacks(): number {
    return this.#badPacks;
  }

  get notes(): readonly string[] {
    if (!this.#of.appending.isFull) return this.#notes;
    return [...this.#notes, fullText(this.#of.reserveBytes)];
  }

  /** A pack was found damaged. */
  bad(note: string): void {
    this.#badPacks++;
    this.#notes.push(note);
    if (this.#notes.length > NOTES_MOST) this.#notes.shift();
  }

  get #all(): readonly Segment[] {
    return this.#of.segments.view.segments;
  }
}
