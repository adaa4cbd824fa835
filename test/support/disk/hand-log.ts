import type { Scan, Scanned, StoredEntry, StoreRecord } from '../../../server/src/core/log/store.ts';
import { TimeSlicer } from '../../../server/src/core/time-slicer.ts';
import type { Files } from '../../../server/src/logs/disk/files/files.ts';
import { writeSegmentHeader } from '../../../server/src/logs/disk/format/segment-header.ts';
import { sealOf } from '../../../server/src/logs/disk/index/seal.ts';
import type { PackPlace } from '../../../server/src/logs/disk/index/segment-index.ts';
import { FoundSegment } from '../../../server/src/logs/disk/opening/found-segment.ts';
import { PackCache } from '../../../server/src/logs/disk/reading/pack-cache.ts';
import { Packs } from '../../../server/src/logs/disk/reading/packs.ts';
import { Reading } from '../../../server/src/logs/disk/reading/reading.ts';
import type { Windows } from '../../../server/src/logs/disk/reading/windows.ts';
import { Ages } from '../../../server/src/logs/disk/retention/ages.ts';
import { loadDropped } from '../../../server/src/logs/disk/retention/dropped-indexes.ts';
import { loadLasts } from '../../../server/src/logs/disk/retention/lasts.ts';
import { Retention, type RetentionBounds } from '../../../server/src/logs/disk/retention/retention.ts';
import { ColdReads } from '../../../server/src/logs/disk/segments/cold-reads.ts';
import { Footers, sealedEndsOf } from '../../../server/src/logs/disk/segments/footers.ts';
import { type Hole, Holes } from '../../../server/src/logs/disk/segments/holes.ts';
import { Indexes } from '../../../server/src/logs/disk/segments/indexes.ts';
import { OpenFiles } from '../../../server/src/logs/disk/segments/open-files.ts';
import { SealedSegment } from '../../../server/src/logs/disk/segments/sealed-segment.ts';
import type { Segment } from '../../../server/src/logs/disk/segments/segment.ts';
import { segmentName, segmentOf } from '../../../server/src/logs/disk/segments/segment-name.ts';
import { Segments } from '../../../server/src/logs/disk/segments/segments.ts';
import { crcOfPack } from '../../../server/src/logs/packs/pack.ts';
import { ManualClock } from '../manual-clock.ts';
import { HandSegment } from './hand-segment.ts';

const EPOCH = 'epoch';

export interface HandLogOptions {
  readonly files: Files;
  readonly clock?: ManualClock;
  readonly bounds?: RetentionBounds;
  readonly lastBytes?: number;
  readonly cacheBytes?: number;
  readonly indexBytes?: number;
  readonly windows?: Windows;
}

/** A log on disk that is written pack by pack and segment by segment, as a test says, and read as a store reads it. */
export class HandLog {
  readonly bad: Hole[] = [];
  readonly failures: unknown[] = [];
  readonly reportedTo: number[] = [];
  readonly cold = new ColdReads();
  readonly holes = new Holes();
  readonly clock: ManualClock;
  readonly turns = new TimeSlicer((action) => setImmediate(action), 4);
  readonly indexes: Indexes;
  readonly packs: Packs;
  readonly open: OpenFiles;
  readonly retention: Retention;
  readonly reading: Reading;
  readonly segments: Segments;
  readonly #files: Files;
  #mostBytes: number | undefined;
  #active: HandSegment | undefined;
  #head: number;

  /** A log that has what was written to these files before. */
  static async open(options: HandLogOptions): Promise<HandLog> {
    const { files } = options;
    const log = new HandLog(
      options,
      new Segments({ lasts: undefined, segments: [], dropped: [], forgottenUpTo: 0 }),
      0,
    );
    const names = await files.list();
    const befores = names.flatMap((name) => segmentOf(name) ?? []).sort((a, b) => a - b);
    const segments: Segment[] = [];
    let active: HandSegment | undefined;
    for (const before of befores) {
      const sealed = await log.#openSealed(before);
      // Tests seal what they wrote before they open it again.
      active = sealed ? undefined : new HandSegment(await files.open(segmentName(before), 'update'), before);
      segments.push(sealed ?? (active as HandSegment));
    }
    const { open, indexes, cold, turns } = log;
    const droppedUpTo = segments[0]?.before ?? 0;
    const { dropped, forgottenUpTo } = await loadDropped(
      { files, open, indexes, cold, turns },
      names,
      droppedUpTo,
    );
    const lasts = await loadLasts(files, indexes);
    const head = segments.at(-1)?.last ?? droppedUpTo;
    const all = new Segments({ lasts, segments, dropped, forgottenUpTo }, droppedUpTo);
    const opened = new HandLog(options, all, head, log);
    opened.#active = active;
    return opened;
  }

  private constructor(options: HandLogOptions, segments: Segments, head: number, from?: HandLog) {
    const {
      files,
      clock = new ManualClock(),
      bounds = { bytes: 2 ** 40, ageMs: 0 },
      lastBytes = 2 ** 30,
    } = options;
    this.#files = files;
    this.clock = clock;
    this.segments = segments;
    this.#head = head;
    this.open = from?.open ?? new OpenFiles(files);
    const rebuild = async ({ name }: { name: string }) => {
      const before = segmentOf(name);
      if (before === undefined) return undefined;
      return (await (await FoundSegment.find(files, name, before)).scan()).index;
    };
    this.indexes =
      from?.indexes ?? new Indexes(new Footers(this.cold, this.turns, rebuild), options.indexBytes);
    this.packs = new Packs(new PackCache(options.cacheBytes), this.cold, options.windows);
    const { holes, packs, turns, open, indexes, cold } = this;
    this.reading = new Reading({
      segments,
      holes,
      openedAt: 0,
      packs,
      turns,
      onHole: (hole) => this.bad.push(hole),
    });
    this.retention = new Retention({
      ...{ files, open, indexes, cold, packs, turns, segments, holes, lastBytes },
      bounds: this.#boundsOf(bounds),
      epoch: EPOCH,
      ages: new Ages(clock),
      elapsed: () => clock.elapsed(),
      seal: () => this.endSegment(),
      sealed: () => Promise.resolve(),
      onDropped: () => this.reportedTo.push(segments.view.droppedUpTo),
      onFailure: (error) => this.failures.push(error),
    });
  }

  get head(): number {
    return this.#head;
  }

  /** Adds a record to the pack that is gathered. @returns the offset of its first entry */
  async add(record: StoreRecord): Promise<number> {
    const active = await this.#obtain();
    if (!active.builder.fits(record)) await this.endPack();
    const offset = this.#head + 1;
    active.builder.add(record);
    active.records.push(record);
    this.#head += record.channels.length;
    return offset;
  }

  /** Writes what was gathered. @param jump offsets that are left out after it */
  async endPack(jump = 0): Promise<void> {
    const active = this.#active;
    if (!active || active.builder.entries === 0) return;
    const { entries } = active.builder;
    const first = this.#head - entries + 1;
    const time = Math.max(this.clock.now(), active.lastTime);
    const pack = active.builder.close({
      first,
      time,
      before: active.last,
      chain: active.chain,
      syncedUpTo: 0,
    });
    const place: PackPlace = { at: active.bytes, bytes: pack.length, first, time, entries };
    await active.file.write(Buffer.from(pack), place.at);
    active.growing.add(place, active.records);
    active.records = [];
    active.chain = crcOfPack(pack);
    active.bytes += pack.length;
    active.last = this.#head;
    active.lastTime = time;
    if (active.firstTime === 0) active.firstTime = time;
    this.retention.written();
    this.#head += jump;
  }

  /** Writes and seals what there is; the next record begins another segment, which is there at once. */
  async endSegment(): Promise<void> {
    await this.endPack();
    const active = this.#active;
    if (!active || active.entries === 0) return;
    const { growing, file, bytes: at, chain } = active;
    const { footer, trailer } = await this.turns.runBeside(
      sealOf(growing, { at, chain, seed: 7, keysAfter: 0, keysMost: 1_000 }),
    );
    await file.write(Buffer.concat([footer, trailer]), at);
    await file.sync();
    this.#active = undefined;
    await this.#obtain();
    const sealed = await this.#openSealed(active.before);
    if (!sealed) throw new Error('What was just sealed cannot be read.');
    this.segments.seal(active, sealed);
    await file.close();
  }

  /** Drops all but the newest segments. @param left how many stay, beside the empty one that is written to */
  async dropAllBut(left: number): Promise<void> {
    const { segments } = this.segments.view;
    this.#mostBytes = segments.slice(-(left + 1)).reduce((sum, { bytes }) => sum + bytes, 0);
    await this.expire();
    this.#mostBytes = undefined;
  }

  /** Drops what is due. */
  async expire(): Promise<void> {
    this.retention.expire();
    await this.retention.idle();
  }

  scan(scan: Partial<Scan> = {}): Promise<Scanned> {
    return this.reading.scan({
      order: 'forwards',
      after: 0,
      upTo: Number.MAX_SAFE_INTEGER,
      filter: { channels: [], prefixes: ['', '$'] },
      entries: 100_000,
      bytes: 1e9,
      dropped: [],
      ...scan,
    });
  }

  /** All that a scan answers, however often it has to be asked. */
  async scanAll(scan: Partial<Scan> = {}): Promise<StoredEntry[]> {
    const { order = 'forwards', after = 0, upTo = this.#head } = scan;
    const entries: StoredEntry[] = [];
    for (let at = order === 'forwards' ? after : upTo; order === 'forwards' ? at < upTo : at > after; ) {
      const span = order === 'forwards' ? { after: at, upTo } : { after, upTo: at };
      const scanned = await this.scan({ ...scan, ...span });
      if (order === 'forwards' ? scanned.reached <= at : scanned.reached >= at)
        throw new Error(`A scan from ${at} came no further than ${scanned.reached}.`);
      entries.push(...scanned.entries);
      at = scanned.reached;
    }
    return entries;
  }

  #boundsOf({ bytes, ageMs }: RetentionBounds): RetentionBounds {
    const mostBytes = (): number => this.#mostBytes ?? bytes;
    return {
      get bytes() {
        return mostBytes();
      },
      ageMs,
    };
  }

  async #obtain(): Promise<HandSegment> {
    if (this.#active) return this.#active;
    const before = this.#head;
    const file = await this.#files.open(segmentName(before), 'create');
    await file.write(writeSegmentHeader({ epoch: EPOCH, before, created: 0, chain: 0 }), 0);
    await file.sync();
    await this.#files.syncDirectory();
    this.#active = new HandSegment(file, before);
    this.segments.append(this.#active);
    return this.#active;
  }

  async #openSealed(before: number): Promise<SealedSegment | undefined> {
    const name = segmentName(before);
    const stat = await this.#files.stat(name);
    const read = (at: number, bytes: number): Promise<Buffer> => this.open.read(name, at, bytes);
    const ends = stat && (await sealedEndsOf(read, stat.sizeBytes));
    return ends && new SealedSegment(name, ends.extent, stat.sizeBytes, read, this.indexes);
  }
}

export function putOf(channels: string[], text = '"x"', user = 'alice'): StoreRecord {
  return { kind: 'put', channels, payload: Buffer.from(text), republish: true, user, key: undefined };
}

export function gapOf(channels: string[], missed: number | null): StoreRecord {
  return { kind: 'gap', channels, missed };
}
