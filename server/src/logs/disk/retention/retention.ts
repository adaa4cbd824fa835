import type { Holes } from '../segments/holes.ts';
import { SealedSegment } from '../segments/sealed-segment.ts';
import type { Segment } from '../segments/segment.ts';
import { LASTS_NAME } from '../segments/segment-name.ts';
import type { View } from '../segments/segments.ts';
import type { Ages } from './ages.ts';
import { type DroppedParts, forgetBeyond, rememberDropped, rememberedBytes } from './dropped-indexes.ts';
import { keepLasts, Lasts, type LastsParts } from './lasts.ts';

/** After a failure it is tried again after so long, by what calls for it. */
const RETRY_MS = 1_000;

export interface RetentionBounds {
  /** Most bytes of all segments together. The newest stays, whatever its size. */
  readonly bytes: number;
  /** Oldest age of an entry in ms; 0: no bound. */
  readonly ageMs: number;
}

export interface RetentionParts extends LastsParts, DroppedParts {
  readonly bounds: RetentionBounds;
  readonly ages: Ages;
  readonly holes: Holes;
  /** By a clock that is never set. */
  readonly elapsed: () => number;
  /** Begins another segment, and seals the newest one, which has entries. Resolves when that is done. */
  readonly seal: () => Promise<void>;
  /** Resolves when no older segment is being sealed. */
  readonly sealed: () => Promise<void>;
  /** Everything up to this offset was dropped. */
  readonly onDropped: () => void;
  /** Nothing was dropped because of it; it is tried again. */
  readonly onFailure: (error: unknown) => void;
}

/** Drops whole segments, the oldest first, when there are too many bytes or when all of one is too old. */
export class Retention {
  readonly #parts: RetentionParts;
  #running: Promise<void> | undefined;
  #isClosed = false;
  #notBeforeMs = Number.NEGATIVE_INFINITY;
  /** Files that go when nobody reads them any more, one after the other. */
  #removing: Promise<void> = Promise.resolve();

  constructor(parts: RetentionParts) {
    this.#parts = parts;
    // One with a time to come, seen first when it is the oldest, would begin to age only then.
    for (const segment of parts.segments.view.segments) parts.ages.see(segment);
  }

  /** A pack was written to the newest segment: its age counts from now, and older ones may have to go for it. */
  written(): void {
    const { newest } = this.#parts.segments;
    if (newest) this.#parts.ages.see(newest);
    this.expire();
  }

  /** Finds out whether something is due, and begins to do it. It costs next to nothing: call it often. */
  expire(): void {
    if (this.#running || this.#isClosed || !this.#isDue() || this.#parts.elapsed() < this.#notBeforeMs)
      return;
    this.#running = this.#run().finally(() => {
      this.#running = undefined;
    });
  }

  /** Resolves when what is too old is dropped, or cannot be yet. Undefined: nothing is, or it is tried again later. */
  get aging(): Promise<void> | undefined {
    const [oldest] = this.#parts.segments.view.segments;
    return oldest && this.#isTooOld(oldest) ? this.#running : undefined;
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    while (this.#running) await this.#running;
    await this.#removing;
  }

  /** What is under way is finished, and what is kept is not read any more. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.idle();
    const { lasts } = this.#parts.segments.view;
    if (lasts instanceof Lasts) await lasts.end();
  }

  async #run(): Promise<void> {
    try {
      while (!this.#isClosed && this.#isDue()) {
        if (!(await this.#dropOldest())) break;
      }
    } catch (error) {
      this.#notBeforeMs = this.#parts.elapsed() + RETRY_MS;
      this.#parts.onFailure(error);
    }
  }

  #isDue(): boolean {
    const { segments, bounds } = this.#parts;
    const { newest } = segments;
    const [oldest] = segments.view.segments;
    if (!oldest || oldest.entries === 0) return false;
    if (this.#isTooOld(oldest)) return true;
    return oldest !== newest && segments.bytes > bounds.bytes;
  }

  #isTooOld(segment: Segment): boolean {
    const { bounds, ages } = this.#parts;
    return bounds.ageMs > 0 && ages.of(segment) > bounds.ageMs;
  }

  /**
   * What would be lost is kept first, then what is known of it, and then it goes: wherever that breaks off, the next
   * start finds all of it, and nothing twice.
   * @returns false: the oldest one cannot go yet
   */
  async #dropOldest(): Promise<boolean> {
    const { segments } = this.#parts;
    // What the one before has left behind goes first: it may have names that are used again.
    await this.#removing;
    const { segments: all } = segments.view;
    if (all.length === 1) await this.#parts.seal();
    else if (!(all[0] instanceof SealedSegment)) await this.#parts.sealed();
    const { view } = segments;
    const [oldest, next] = view.segments;
    // There may be no room for its footer.
    if (!next || !(oldest instanceof SealedSegment)) return false;
    const lasts = await keepLasts(this.#parts, oldest);
    const remembered = await this.#rememberFor(view, oldest).catch(async (error: unknown) => {
      // The next try makes another file, and nobody else would close this one.
      await lasts?.end();
      throw error;
    });
    this.#drop(oldest, lasts, remembered);
    return true;
  }

  async #rememberFor(view: View, oldest: SealedSegment): Promise<ReturnType<typeof forgetBeyond>> {
    const remembered = await this.#remember(view, oldest);
    // With it the one before is gone for good: a start never finds a segment that lies apart from the others.
    await this.#parts.files.syncDirectory();
    return remembered;
  }

  async #remember(view: View, oldest: SealedSegment): Promise<ReturnType<typeof forgetBeyond>> {
    const footer = await rememberDropped(this.#parts, oldest);
    const upTo = view.segments[1]?.before ?? oldest.last;
    if (!footer) return { dropped: [], forgottenUpTo: upTo, gone: view.dropped };
    const { forgottenUpTo } = view;
    const dropped = [...view.dropped, footer];
    return forgetBeyond({ dropped, forgottenUpTo }, rememberedBytes(this.#parts.bounds.bytes));
  }

  #drop(
    oldest: SealedSegment,
    lasts: Lasts | undefined,
    { gone, ...remembered }: ReturnType<typeof forgetBeyond>,
  ): void {
    const { segments, ages, holes } = this.#parts;
    const { lasts: before } = segments.view;
    segments.drop(1, { lasts, ...remembered });
    ages.forget(oldest);
    holes.forget(remembered.forgottenUpTo);
    this.#parts.onDropped();
    this.#removing = this.#removing
      .then(() => this.#remove(oldest, gone, before, lasts))
      .catch((error: unknown) => this.#parts.onFailure(error));
  }

  async #remove(
    oldest: SealedSegment,
    forgotten: readonly Segment[],
    before: Segment | undefined,
    lasts: Lasts | undefined,
  ): Promise<void> {
    const { files, open } = this.#parts;
    await oldest.retire();
    await open.close(oldest.name);
    await files.remove(oldest.name);
    for (const { name } of forgotten) {
      await open.close(name);
      await files.remove(name);
    }
    if (before instanceof Lasts) await before.end();
    if (before && !lasts) await files.remove(LASTS_NAME);
  }
}
