import { type Clock, ZerospanError } from '@zerospan/shared';
import type { StoreListener, StoreRecord } from '../../../core/log/store.ts';
import type { EndOfTurn, TimeSlicer } from '../../../core/time-slicer.ts';
import { isPromised, Outcomes, type Written } from '../../packs/outcomes.ts';
import type { Files } from '../files/files.ts';
import { Lease } from '../identity/lease.ts';
import type { MetaFile } from '../identity/meta.ts';
import type { Sync } from '../options.ts';
import type { ActiveSegment } from './active-segment.ts';
import { isNoRoom, Reserve } from './reserve.ts';
import { Rolling, type RollingParts } from './rolling.ts';
import { Room } from './room.ts';
import { Syncer, type SyncTimes } from './syncer.ts';
import { type Head, Writer } from './writer.ts';

export interface AppendingParts
  extends Pick<RollingParts, 'epoch' | 'segmentBytes' | 'segmentAgeMs' | 'remembered' | 'begun' | 'sealed'> {
  readonly files: Files;
  readonly clock: Clock;
  readonly endOfTurn: EndOfTurn;
  readonly slicer: Pick<TimeSlicer, 'run'>;
  readonly listener: StoreListener;
  readonly meta: MetaFile;
  readonly mode: Sync;
  /** Room on the disk that is kept for counts of losses. */
  readonly reserveBytes: number;
  /** A pack has been written. */
  readonly written: () => void;
  /** Nothing may be written or answered any more. Called once. */
  readonly fatal: (error: unknown) => void;
  /** There is no room on the disk any more, or there is again. */
  readonly full: (isFull: boolean) => void;
}

/** Where the log goes on. */
export interface AppendingStart {
  readonly head: Head;
  readonly syncedUpTo: number;
  readonly active: ActiveSegment;
}

type State = 'open' | 'closing' | 'failed';

/** Appends to a log on disk: written, handed over, synced and answered, in this order. */
export class Appending {
  readonly #parts: AppendingParts;
  readonly #outcomes: Outcomes;
  readonly #writer: Writer;
  readonly #syncer: Syncer;
  readonly #rolling: Rolling;
  readonly #room: Room;
  readonly #lease: Lease;
  readonly #reserve: Reserve;
  /** Written, and answered once they are synced. */
  readonly #unanswered: Written[] = [];
  #state: State = 'open';

  constructor(parts: AppendingParts, { head, syncedUpTo, active }: AppendingStart) {
    this.#parts = parts;
    const { files, clock, endOfTurn, slicer, listener, meta, mode } = parts;
    const failed = (error: unknown): void => this.#fail(error);
    this.#outcomes = new Outcomes(listener, endOfTurn);
    const synced = (upTo: number): void => this.#synced(upTo);
    this.#syncer = new Syncer({ files, clock, mode, synced, failed }, syncedUpTo);
    const raise = (upTo: number): Promise<void> => this.#raise(upTo);
    this.#lease = new Lease({ clock, head: head.offset, upTo: meta.meta.leaseUpTo, raise });
    this.#writer = new Writer(
      {
        clock,
        endOfTurn,
        segmentFor: (last) => this.#segmentFor(last),
        syncedUpTo: () => this.#syncer.upTo,
        written: (written, segment) => this.#written(written, segment),
        noRoom: () => this.#noRoom(),
        refused: (records) => void this.#outcomes.failed(records, full()),
        failed,
      },
      head,
    );
    const { epoch, segmentBytes, segmentAgeMs, remembered, begun, sealed, reserveBytes } = parts;
    const bounds = { epoch, segmentBytes, segmentAgeMs, remembered, begun, sealed };
    const [syncer, writer] = [this.#syncer, this.#writer];
    this.#rolling = new Rolling({ ...bounds, files, clock, slicer, syncer, writer, failed }, active);
    this.#reserve = new Reserve(files, reserveBytes);
    const changed = (isFull: boolean): void => {
      const state = isFull ? 'full' : 'reachable';
      parts.full(isFull);
      void this.#outcomes.changed({ kind: 'state', state });
    };
    this.#room = new Room({ clock, reserve: this.#reserve, writer, changed, failed });
  }

  get head(): Head {
    return this.#writer.head;
  }

  get isFull(): boolean {
    return this.#room.isFull;
  }

  get syncTimes(): SyncTimes {
    return this.#syncer.times;
  }

  /** Bytes that are written and not synced. */
  get unsyncedBytes(): number {
    return this.#syncer.unsyncedBytes;
  }

  /** Bytes that were appended and are not written yet. */
  get waitingBytes(): number {
    return this.#writer.gathering.bytes;
  }

  /** Sees to it that there is room for counts of losses. @returns whether there is */
  async reserve(): Promise<boolean> {
    if (await this.#reserve.make()) return true;
    await this.#room.exhausted();
    return false;
  }

  append(record: StoreRecord, time: number): void {
    const refusal = this.#refusalOf(record);
    try {
      if (refusal) this.#outcomes.refuse(record, refusal);
      else this.#writer.add(record, time);
    } catch (error) {
      const reason = `The log cannot write this: ${(error as Error).message}.`;
      this.#outcomes.refuse(record, new ZerospanError('log-failed', reason, { cause: error }));
    }
  }

  /** Begins another segment where this one is old. */
  expire(): void {
    if (this.#state === 'open') this.#rolling.expire();
  }

  /** Begins another segment. Resolves when those before it are sealed. */
  seal(): Promise<void> {
    return this.#rolling.seal();
  }

  /** Resolves when no segment is being sealed. */
  settled(): Promise<void> {
    return this.#rolling.settled();
  }

  /** Resolves when everything that was appended is written, synced and answered, and says so for the next start. */
  async close(): Promise<void> {
    const { meta } = this.#parts;
    if (this.#state === 'open') this.#state = 'closing';
    this.#room.close();
    if (this.#state === 'closing') await this.#settle().catch((error: unknown) => this.#fail(error));
    await this.#outcomes.settled();
    this.#outcomes.end();
    this.#syncer.close();
    try {
      await meta.close();
    } finally {
      await this.#rolling.close();
    }
  }

  async #settle(): Promise<void> {
    await this.#writer.idle();
    await this.#rolling.end();
    await this.#syncer.sync();
    const { offset: cleanHead } = this.#writer.head;
    await this.#parts.meta.write({ cleanHead, leaseUpTo: cleanHead });
  }

  async #segmentFor(last: number): Promise<ActiveSegment> {
    await this.#lease.reach(last);
    return this.#rolling.next();
  }

  #written(written: Written, { file }: ActiveSegment): Promise<void> {
    const { last, bytes } = written;
    this.#lease.given(last);
    const isSyncedFirst = this.#parts.mode === 'group';
    const isAwaited = isSyncedFirst && written.records.some(isPromised);
    // What comes in masses is not kept until it is synced: a sync that stalls would fill the memory.
    if (isAwaited) this.#unanswered.push(written);
    this.#syncer.wrote(file, last, bytes, isAwaited);
    const reported = this.#outcomes.written(written);
    if (!isSyncedFirst) void this.#outcomes.appended(written);
    this.#parts.written();
    return reported;
  }

  #synced(upTo: number): void {
    for (let oldest = this.#unanswered[0]; oldest && oldest.last <= upTo; oldest = this.#unanswered[0]) {
      this.#unanswered.shift();
      void this.#outcomes.appended(oldest);
    }
  }

  async #raise(leaseUpTo: number): Promise<void> {
    try {
      await this.#parts.meta.write({ leaseUpTo });
    } catch (error) {
      if (!isNoRoom(error)) this.#fail(error);
      throw error;
    }
  }

  /** What a write left behind goes, for good: it could come back after a power loss, where others have its offsets. */
  async #noRoom(): Promise<boolean> {
    const { active } = this.#rolling;
    await active.cut();
    await this.#syncer.sync(active.file);
    const wasFull = this.isFull;
    await this.#room.exhausted();
    return !wasFull;
  }

  #refusalOf({ kind }: StoreRecord): ZerospanError | undefined {
    if (this.#state === 'failed') return new ZerospanError('log-failed', 'The log has failed.');
    if (this.#state === 'closing') return new ZerospanError('log-failed', 'The log is closed.');
    return this.isFull && kind === 'put' ? full() : undefined;
  }

  #fail(error: unknown): void {
    if (this.#state === 'failed') return;
    this.#state = 'failed';
    const { underWay, waiting } = this.#writer.stop();
    const unanswered = this.#unanswered.splice(0).flatMap(({ records }) => records.filter(isPromised));
    this.#syncer.close();
    this.#room.close();
    void this.#outcomes.failed([...unanswered, ...underWay], new ZerospanError('outcome-unknown'));
    void this.#outcomes.failed(waiting, new ZerospanError('log-failed', undefined, { cause: error }));
    void this.#outcomes.changed({ kind: 'state', state: 'failed' }).then(() => this.#parts.fatal(error));
  }
}

function full(): ZerospanError {
  return new ZerospanError('log-failed', 'The disk of the log is full.', {
    remedy:
      'Make room on that disk: the log goes on by itself within seconds. Or lower `log.bytes` and restart.',
  });
}
