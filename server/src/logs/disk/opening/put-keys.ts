import type { RememberedBounds } from '../../../core/log/puts/remembered.ts';
import type { RestoredPuts } from '../../../core/log/store.ts';
import type { TimeSlicer } from '../../../core/time-slicer.ts';
import type { Files } from '../files/files.ts';
import { readFooter } from '../index/footer.ts';
import type { PutKeyRows } from '../index/put-key-rows.ts';
import { readPutKeys } from '../index/put-key-section.ts';
import { PutTable } from './put-table.ts';
import type { Repaired, SealedFile } from './repair.ts';

/** The puts that are remembered from before. */
export interface KnownPuts {
  readonly puts: RestoredPuts;
  /** Time of the newest put that may have been forgotten, in ms since 1970; 0: none was. */
  readonly forgottenUpTo: number;
}

interface Parts {
  readonly remembered: RememberedBounds;
  /** In ms since 1970. */
  readonly nowMs: number;
  /** Offsets up to here are of another epoch. */
  readonly begins: number;
  readonly files: Files;
  readonly slicer: Pick<TimeSlicer, 'run'>;
}

/** The newest put keys of a log, as many as are remembered. */
export async function restorePuts(found: Repaired, parts: Parts): Promise<KnownPuts> {
  const { remembered, nowMs, begins, slicer } = parts;
  const newest = new Newest(remembered.weight, nowMs - remembered.ageMs, begins);
  await takeNewest(newest, found, parts);
  return { puts: await slicer.run(PutTable.of(newest.kept)), forgottenUpTo: newest.forgottenUpTo };
}

async function takeNewest(newest: Newest, found: Repaired, { nowMs, files, slicer }: Parts): Promise<void> {
  const { sealed, tail } = found;
  if (tail) newest.take(tail.scanned.index.keys);
  for (const file of [...sealed].reverse()) {
    const { lastTime } = file.trailer;
    // Those of an older segment are older.
    if (newest.isFull || lastTime <= newest.after) {
      newest.forget(lastTime);
      return;
    }
    const keys = await keysOf(file, files, slicer);
    if (keys) newest.take(keys);
    else newest.forget(lastTime);
  }
  newest.forget(droppedUpTo(found, nowMs));
}

/** Time of the newest put that may have gone with a segment that was dropped; 0: none was. */
function droppedUpTo({ sealed: [oldest], tail }: Repaired, nowMs: number): number {
  if (oldest) return oldest.before > 0 ? oldest.trailer.firstTime : 0;
  if (!tail || tail.before === 0) return 0;
  const { packs } = tail.scanned.index;
  return packs.count > 0 ? packs.at(0).time : (tail.created ?? nowMs);
}

class Newest {
  readonly after: number;
  isFull = false;
  /** Oldest first. */
  readonly kept: PutKeyRows[] = [];
  readonly #begins: number;
  #room: number;
  #forgottenUpTo = 0;

  constructor(weight: number, after: number, begins: number) {
    this.#room = weight;
    this.after = after;
    this.#begins = begins;
  }

  get forgottenUpTo(): number {
    return this.#forgottenUpTo;
  }

  take(keys: PutKeyRows): void {
    const inTime = keys.firstOf((time) => time > this.after);
    let from = keys.count;
    for (; from > inTime; from--) {
      // As `RememberedPuts` weighs it.
      const weight = 1 + keys.channelsAt(from - 1);
      if (weight > this.#room) break;
      this.#room -= weight;
    }
    this.isFull = from > 0;
    this.forget(from > 0 ? keys.timeAt(from - 1) : keys.leftOutUpTo);
    this.kept.unshift(keys.from(Math.max(from, keys.firstAbove(this.#begins))));
  }

  forget(time: number): void {
    this.#forgottenUpTo = Math.max(this.#forgottenUpTo, time);
  }
}

/** Undefined: they are damaged. */
async function keysOf(
  { name, trailer }: SealedFile,
  files: Files,
  slicer: Pick<TimeSlicer, 'run'>,
): Promise<PutKeyRows | undefined> {
  const { footerAt, footerBytes, keysBytes } = trailer;
  const file = await files.open(name, 'read');
  try {
    const index = await slicer.run(readFooter(await file.read(footerAt, footerBytes), trailer));
    if (typeof index === 'string') return undefined;
    const keys = await file.read(footerAt - keysBytes, keysBytes);
    const read = await slicer.run(readPutKeys(keys, trailer, index.packs));
    return typeof read === 'string' ? undefined : read;
  } finally {
    await file.close();
  }
}
