import type { Clock } from '@zerospan/shared';
import type { LogState } from '../../core/log/log.ts';
import type { RememberedBounds } from '../../core/log/puts/remembered.ts';
import type { Scan, Scanned, StoreListener, StoreRecord } from '../../core/log/store.ts';
import type { EndOfTurn, TimeSlicer } from '../../core/time-slicer.ts';
import type { DiskFigures } from './figures.ts';
import type { Files } from './files/files.ts';
import { readTrailer } from './format/trailer.ts';
import type { SegmentIndex } from './index/segment-index.ts';
import { FoundSegment, type Others } from './opening/found-segment.ts';
import type { OpenedDirectory } from './opening/opening.ts';
import type { SealedFile } from './opening/repair.ts';
import type { DiskNotice, Sync } from './options.ts';
import { PackCache } from './reading/pack-cache.ts';
import { Packs } from './reading/packs.ts';
import { Reading } from './reading/reading.ts';
import { Ages } from './retention/ages.ts';
import { loadDropped } from './retention/dropped-indexes.ts';
import { type Lasts, loadLasts } from './retention/lasts.ts';
import { Retention } from './retention/retention.ts';
import { ColdReads } from './segments/cold-reads.ts';
import { Footers } from './segments/footers.ts';
import { Holes } from './segments/holes.ts';
import { type Footed, Indexes } from './segments/indexes.ts';
import { OpenFiles } from './segments/open-files.ts';
import { SealedSegment } from './segments/sealed-segment.ts';
import { segmentOf } from './segments/segment-name.ts';
import { Segments } from './segments/segments.ts';
import { StoreFigures } from './store-figures.ts';
import type { ActiveSegment } from './writing/active-segment.ts';
import { Appending } from './writing/appending.ts';
import { fullText } from './writing/room.ts';

export interface DiskBounds {
  readonly bytes: number;
  readonly ageMs: number;
  readonly lastBytes: number;
  readonly segmentBytes: number;
  readonly segmentAgeMs: number;
  readonly reserveBytes: number;
}

export interface OpenLogParts {
  readonly files: Files;
  readonly clock: Clock;
  readonly endOfTurn: EndOfTurn;
  /** Shared by all but the reports to the listener. */
  readonly slicer: TimeSlicer;
  readonly listener: StoreListener;
  readonly mode: Sync;
  readonly bounds: DiskBounds;
  readonly remembered: RememberedBounds;
  readonly onFatal: (error: Error) => void;
  readonly onNotice: (notice: DiskNotice) => void;
}

/** A log that was opened: what is appended, what is read, and what is dropped of it. */
export class OpenLog {
  readonly #appending: Appending;
  #isClosed = false;
  /** Under way. */
  readonly #reads = new Set<Promise<unknown>>();
  readonly #reading: Reading;
  readonly #retention: Retention;
  readonly #segments: Segments;
  readonly #holes: Holes;
  readonly #open: OpenFiles;
  readonly #indexes: Indexes;
  readonly #figures: StoreFigures;

  /**
   * Finds what is kept and remembered beside the segments, and makes room for counts of losses. Where that fails, what
   * was opened is left to the caller.
   */
  static async begin(opened: OpenedDirectory, parts: OpenLogParts): Promise<OpenLog> {
    const { files, slicer: turns } = parts;
    const cold = new ColdReads();
    const open = new OpenFiles(files);
    const indexes = new Indexes(new Footers(cold, turns, (of) => rebuild(files, of, { cold, turns })));
    const segments = [...opened.sealed.map((file) => sealedOf(file, open, indexes)), opened.active];
    const from = segments[0]?.before ?? 0;
    let lasts: Lasts | undefined;
    try {
      const names = await files.list();
      const remembered = await loadDropped({ files, open, indexes, cold, turns }, names, from);
      lasts = await loadLasts(files, indexes);
      const found = new Segments({ segments, lasts, ...remembered });
      const log = new OpenLog(opened, parts, { cold, turns, open, indexes, segments: found });
      await log.#appending.reserve();
      log.#retention.expire();
      return log;
    } catch (error) {
      await lasts?.end();
      await open.closeAll();
      throw error;
    }
  }

  private constructor(
    opened: OpenedDirectory,
    parts: OpenLogParts,
    shared: {
      readonly cold: ColdReads;
      readonly turns: TimeSlicer;
      readonly open: OpenFiles;
      readonly indexes: Indexes;
      readonly segments: Segments;
    },
  ) {
    const { files, clock, listener, bounds, onFatal, onNotice } = parts;
    const { cold, turns, open, indexes, segments } = shared;
    const { epoch, meta } = opened;
    const holes = new Holes();
    for (const hole of opened.holes) holes.add(hole);
    const packs = new Packs(new PackCache(), cold);
    this.#segments = segments;
    this.#holes = holes;
    this.#open = open;
    this.#indexes = indexes;
    const sealed = (segment: ActiveSegment, trailer: Buffer, bytes: number): void => {
      const read = readTrailer(trailer, bytes);
      if (typeof read === 'string') throw new Error(`the trailer of ${segment.name} cannot be read: ${read}`);
      const { name, before } = segment;
      segments.seal(segment, sealedOf({ name, before, trailer: read, bytes }, open, indexes));
      this.#retention.expire();
    };
    const fatal = (error: unknown): void => onFatal(error as Error);
    this.#appending = new Appending(
      {
        ...parts,
        ...bounds,
        epoch,
        meta,
        begun: (segment) => segments.append(segment),
        sealed,
        written: () => this.#retention.written(),
        fatal,
        full: (isFull) =>
          onNotice(
            isFull
              ? { event: 'log-full', text: fullText(bounds.reserveBytes) }
              : { event: 'log-has-room', text: 'There is room on the disk of the log again: it goes on.' },
          ),
      },
      opened,
    );
    const { reserveBytes } = bounds;
    this.#figures = new StoreFigures({ reserveBytes, segments, appending: this.#appending }, opened.notes);
    this.#reading = new Reading({
      segments,
      holes,
      openedAt: Math.max(clock.now(), opened.head.time),
      packs,
      turns,
      onHole: ({ from, to }, { name }) => {
        const text = `${name} is damaged: offsets ${from} to ${to} cannot be read.`;
        this.#figures.bad(text);
        onNotice({ event: 'log-damaged', text, segment: name, from, to });
        listener.droppedUpTo(this.droppedUpTo);
      },
    });
    this.#retention = new Retention({
      ...shared,
      files,
      packs,
      holes,
      bounds,
      ages: new Ages(clock),
      lastBytes: bounds.lastBytes,
      epoch,
      elapsed: () => clock.elapsed(),
      seal: () => this.#appending.seal(),
      sealed: () => this.#appending.settled(),
      onDropped: () => listener.droppedUpTo(this.droppedUpTo),
      onFailure: (error) => {
        const text = `Old publications could not be dropped yet: ${(error as Error).message}`;
        onNotice({ event: 'log-not-dropped', text });
      },
    });
  }

  /** Everything above is held: what is missing counts as dropped. */
  get droppedUpTo(): number {
    return Math.max(this.#segments.view.droppedUpTo, this.#holes.upTo);
  }

  get state(): LogState {
    return this.#appending.isFull ? 'full' : 'reachable';
  }

  get figures(): DiskFigures {
    return this.#figures;
  }

  append(record: StoreRecord, time: number): void {
    this.#appending.append(record, time);
  }

  scan(scan: Scan): Promise<Scanned> {
    return this.#read(() => this.#reading.scan(scan));
  }

  offsetBefore(time: number): Promise<number> {
    return this.#read(() => this.#reading.offsetBefore(time));
  }

  expire(): void {
    this.#appending.expire();
    this.#retention.expire();
  }

  get aging(): Promise<void> | undefined {
    return this.#retention.aging;
  }

  /** Resolves when segments that are full are sealed, and those that are due are dropped. */
  async settled(): Promise<void> {
    await this.#appending.settled();
    this.#retention.expire();
    await this.#retention.idle();
  }

  /** Rejects reads from now on. Resolves when those under way have ended, and all files are closed. */
  async close(): Promise<void> {
    this.#isClosed = true;
    // A read that is under way opens one file after the other, and would leave the last one open.
    await Promise.allSettled(this.#reads);
    try {
      await this.#retention.close();
      await this.#appending.close();
    } finally {
      await this.#indexes.settled();
      await this.#open.closeAll();
    }
  }

  #read<T>(action: () => Promise<T>): Promise<T> {
    if (this.#isClosed) return Promise.reject(new Error('The log is closed.'));
    const read = action();
    this.#reads.add(read);
    const settled = (): unknown => this.#reads.delete(read);
    read.then(settled, settled);
    return read;
  }
}

function sealedOf(
  { name, before, trailer, bytes }: SealedFile,
  open: OpenFiles,
  indexes: Indexes,
): SealedSegment {
  const read = (at: number, most: number): Promise<Buffer> => open.read(name, at, most);
  return new SealedSegment(name, { ...trailer, before }, bytes, read, indexes);
}

/**
 * Makes the index of a segment whose footer is damaged from its packs, which say the same. Undefined: the file is no
 * segment, and has no packs.
 */
async function rebuild(files: Files, { name }: Footed, others: Others): Promise<SegmentIndex | undefined> {
  const before = segmentOf(name);
  if (before === undefined) return undefined;
  return (await (await FoundSegment.find(files, name, before)).scan(others)).index;
}
