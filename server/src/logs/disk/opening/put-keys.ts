import type { RememberedBounds } from '../../../core/log/puts/remembered.ts';
import type { RestoredPut } from '../../../core/log/store.ts';
import type { TimeSlicer } from '../../../core/time-slicer.ts';
import type { Files } from '../files/files.ts';
import { readFooter } from '../index/footer.ts';
import { readPutKeys } from '../index/put-key-section.ts';
import type { PutKeys } from '../index/segment-index.ts';
import type { Repaired, SealedFile } from './repair.ts';

/** The puts that are remembered from before. */
export interface RestoredPuts {
  /** Oldest first. */
  readonly puts: readonly RestoredPut[];
  /** Time of the newest put that may have been forgotten, in ms since 1970; 0: none was. */
  readonly forgottenUpTo: number;
}

/**
 * The newest put keys of a log, as many as are remembered.
 * @param nowMs in ms since 1970
 */
export async function restorePuts(
  found: Repaired,
  { weight, ageMs }: RememberedBounds,
  nowMs: number,
  files: Files,
  slicer: Pick<TimeSlicer, 'run'>,
): Promise<RestoredPuts> {
  const { sealed, tail } = found;
  const newest = new Newest(weight, nowMs - ageMs);
  if (tail) newest.take(tail.scanned.index.keys);
  for (const file of [...sealed].reverse()) {
    const { lastTime } = file.trailer;
    // Those of an older segment are older.
    if (newest.isFull || lastTime <= newest.after) {
      newest.forget(lastTime);
      return newest.result();
    }
    const keys = await keysOf(file, files, slicer);
    if (keys) newest.take(keys);
    else newest.forget(lastTime);
  }
  newest.forget(droppedUpTo(found, nowMs));
  return newest.result();
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
  #room: number;
  #forgottenUpTo = 0;
  /** Newest first. */
  readonly #puts: RestoredPut[] = [];

  constructor(weight: number, after: number) {
    this.#room = weight;
    this.after = after;
  }

  take(keys: PutKeys): void {
    for (const put of keys.all('backwards')) {
      // As `RememberedPuts` weighs it.
      this.#room -= 1 + put.channels;
      this.isFull = this.#room < 0 || put.time <= this.after;
      if (this.isFull) {
        this.forget(put.time);
        return;
      }
      this.#puts.push(put);
    }
    this.forget(keys.leftOutUpTo);
  }

  forget(time: number): void {
    this.#forgottenUpTo = Math.max(this.#forgottenUpTo, time);
  }

  result(): RestoredPuts {
    return { puts: this.#puts.reverse(), forgottenUpTo: this.#forgottenUpTo };
  }
}

/** Undefined: they are damaged. */
async function keysOf(
  { name, trailer }: SealedFile,
  files: Files,
  slicer: Pick<TimeSlicer, 'run'>,
): Promise<PutKeys | undefined> {
  const { footerAt, footerBytes, keysBytes } = trailer;
  const file = await files.open(name, 'read');
  try {
    const index = await slicer.run(readFooter(await file.read(footerAt, footerBytes), trailer));
    if (typeof index === 'string') return undefined;
    const keys = await file.read(footerAt - keysBytes, keysBytes);
    const read = await slicer.run(readPutKeys(keys, trailer, index));
    return typeof read === 'string' ? undefined : read;
  } finally {
    await file.close();
  }
}
