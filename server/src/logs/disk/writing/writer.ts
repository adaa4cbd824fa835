import type { Clock } from '@zerospan/shared';
import type { StoreRecord } from '../../../core/log/store.ts';
import type { EndOfTurn } from '../../../core/time-slicer.ts';
import { type Gathered, Gathering } from '../../packs/gathering.ts';
import type { Written } from '../../packs/outcomes.ts';
import { crcOfPack } from '../../packs/pack.ts';
import type { ActiveSegment } from './active-segment.ts';
import { isNoRoom } from './reserve.ts';

/**
 * A write costs as much as what some hundred entries cost beside it. So behind a pack of `many` records, while as many
 * come, what follows gathers for `ms` before it is written, unless `bytes` wait already. Few records wait for nothing.
 */
const REST = { many: 32, ms: 1, bytes: 256 * 1024, closeMs: 3 } as const;

/** What a writer needs to know of the log before it writes on. */
export interface Head {
  /** Offset of the newest entry, or of the newest that may ever have been given. */
  readonly offset: number;
  /** No entry has a later time; in ms since 1970. */
  readonly time: number;
}

/** The records that are left when a writer is stopped. */
export interface Stopped {
  /** Of these nobody knows whether they were written. */
  readonly underWay: readonly StoreRecord[];
  readonly waiting: readonly StoreRecord[];
}

/** Something that is done between two packs. */
interface Job {
  readonly run: () => Promise<void>;
  readonly reject: (error: unknown) => void;
}

interface WrittenTo {
  readonly written: Written;
  readonly segment: ActiveSegment;
}

export interface WriterParts {
  readonly clock: Clock;
  readonly endOfTurn: EndOfTurn;
  /** The segment that a pack up to this offset goes to, once offsets up to there may be given. */
  readonly segmentFor: (last: number) => Promise<ActiveSegment>;
  /** Everything up to this offset is synced. */
  readonly syncedUpTo: () => number;
  /** A pack was written, and a restart would find it. The next one but one waits for this. */
  readonly written: (written: Written, segment: ActiveSegment) => Promise<void>;
  /**
   * There is no room for a pack. Resolves when nothing of it is on the disk any more.
   * @returns whether counts of losses are tried again
   */
  readonly noRoom: () => Promise<boolean>;
  /** There is no room for these records; nothing of them is in the log. */
  readonly refused: (records: readonly StoreRecord[]) => void;
  /** Nothing can be written any more. */
  readonly failed: (error: unknown) => void;
}

/** Writes packs one after the other: what comes while a write is under way is gathered, and is the next one. */
export class Writer {
  readonly gathering = new Gathering();
  readonly #parts: WriterParts;
  #head: Head;
  /** What has to happen between two packs. */
  readonly #jobs: Job[] = [];
  #isScheduled = false;
  /** Resolves when nothing is left to do. */
  #running: Promise<void> | undefined;
  #hasFailed = false;
  /** Whether the last pack had many records, and when it was written, by `elapsed`. */
  #wasMany = false;
  #wroteMs = Number.NEGATIVE_INFINITY;
  /** Of the write that is under way. */
  #underWay: readonly StoreRecord[] = [];
  #reported: Promise<void> = Promise.resolve();

  constructor(parts: WriterParts, head: Head) {
    this.#parts = parts;
    this.#head = head;
  }

  get head(): Head {
    return this.#head;
  }

  /**
   * @param time of the log's clock
   * @throws RangeError if it cannot be encoded
   */
  add(record: StoreRecord, time: number): void {
    this.gathering.add(record, time);
    if (this.#isScheduled || this.#running) return;
    this.#isScheduled = true;
    // All that comes in this turn is written together.
    this.#parts.endOfTurn(() => {
      this.#isScheduled = false;
      this.#go();
    }, this.#restMs);
  }

  /** Does something between two packs, so that no two writes are under way. Rejects where the writer was stopped. */
  between<T>(action: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#jobs.push({ run: () => action().then(resolve, reject), reject });
      this.#go();
    });
  }

  /** Resolves when all that was gathered is written, and reported. */
  async idle(): Promise<void> {
    this.#go();
    while (this.#running) await this.#running;
    await this.#reported;
  }

  /** Nothing is written any more. */
  stop(): Stopped {
    this.#hasFailed = true;
    this.#rejectJobs();
    return { underWay: this.#underWay, waiting: this.gathering.drain() };
  }

  #go(): void {
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
      // What has come since may have found it running.
      if (this.#jobs.length > 0 || this.gathering.records > 0) this.#go();
    });
  }

  async #run(): Promise<void> {
    while (!this.#hasFailed) {
      const job = this.#jobs.shift();
      const pack = job ? undefined : this.gathering.take();
      if (job) await job.run();
      else if (pack) await this.#write(pack);
      else return;
      if (this.gathering.records > 0 && this.#restMs > 0) await this.#rest();
    }
    this.gathering.drain();
    this.#rejectJobs();
  }

  /** How long what comes next gathers. */
  get #restMs(): number {
    if (!this.#wasMany || this.gathering.bytes >= REST.bytes) return 0;
    return this.#parts.clock.elapsed() - this.#wroteMs < REST.closeMs ? REST.ms : 0;
  }

  #rest(): Promise<void> {
    return new Promise((resolve) => this.#parts.endOfTurn(resolve, REST.ms));
  }

  #rejectJobs(): void {
    for (const { reject } of this.#jobs.splice(0)) reject(new Error('the writer was stopped'));
  }

  async #write(pack: Gathered): Promise<void> {
    this.#underWay = pack.records;
    try {
      const { written, segment } = await this.#writeNext(pack);
      // They have their places: who stops it while others are reported must not answer for these as well.
      this.#underWay = [];
      this.#wasMany = pack.records.length >= REST.many;
      this.#wroteMs = this.#parts.clock.elapsed();
      this.gathering.return(pack.builder);
      const before = this.#reported;
      this.#reported = this.#parts.written(written, segment);
      await before;
    } catch (error) {
      // Who stopped it has said that nobody knows.
      if (this.#hasFailed) return;
      if (isNoRoom(error)) await this.#giveUp(pack).catch(this.#parts.failed);
      else this.#parts.failed(error);
    } finally {
      this.#underWay = [];
    }
  }

  /** All that waits fails with what could not be written, but for what is tried again. */
  async #giveUp({ records, time }: Gathered): Promise<void> {
    const isGapTried = await this.#parts.noRoom();
    // Who stopped it has answered for them, and for what waited: so that waits up to here.
    if (this.#hasFailed) return;
    this.#underWay = [];
    const all = [...records, ...this.gathering.drain()];
    const isTried = ({ kind }: StoreRecord): boolean => isGapTried && kind === 'gap';
    this.#parts.refused(all.filter((record) => !isTried(record)));
    for (const record of all.filter(isTried)) this.gathering.add(record, time);
  }

  async #writeNext({ builder, records, time: atLeast }: Gathered): Promise<WrittenTo> {
    const { offset: before } = this.#head;
    const { entries } = builder;
    const segment = await this.#parts.segmentFor(before + entries);
    const { clock, syncedUpTo } = this.#parts;
    const first = before + 1;
    const last = before + entries;
    const time = Math.max(atLeast, clock.now(), this.#head.time);
    const { chain } = segment;
    const pack = builder.close({ first, time, before, chain, syncedUpTo: syncedUpTo() });
    await segment.write(pack);
    if (this.#hasFailed) throw new Error('it was stopped meanwhile');
    const place = { bytes: pack.length, first, time, entries };
    segment.add(place, crcOfPack(pack), records);
    this.#head = { offset: last, time };
    return { written: { records, first, last, time, bytes: pack.length }, segment };
  }
}
