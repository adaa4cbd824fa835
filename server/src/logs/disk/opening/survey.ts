import type { Files } from '../files/files.ts';
import type { Trailer } from '../format/trailer.ts';
import type { Hole } from '../segments/holes.ts';
import { segmentOf } from '../segments/segment-name.ts';
import { FoundSegment, type ScannedSegment } from './found-segment.ts';

/** A segment that belongs to the log. */
export interface KeptSegment {
  readonly found: FoundSegment;
  /** Offset of its last entry; `before` where it has none. */
  readonly last: number;
  /** Undefined: it was not sealed, or does not have what it says. */
  readonly trailer: Trailer | undefined;
  /** Its packs, where they were read: it has no footer, is the newest, or not known to be synced. */
  readonly scanned: ScannedSegment | undefined;
}

/** What the segments of a directory come to. */
export interface Survey {
  /** Oldest first. */
  readonly kept: readonly KeptSegment[];
  /** Names of segments above the damage at which the log ends. */
  readonly left: readonly string[];
  /** What is missing between packs, for good. */
  readonly holes: readonly Hole[];
  /** Offset of the last entry; 0: there is none. */
  readonly last: number;
  /** Everything up to this offset was synced, as far as anything says so. */
  readonly syncedUpTo: number;
  /** `bad`: what was written last is damaged, or missing. `short`: its last pack was not written whole. */
  readonly tail: 'whole' | 'short' | 'bad';
  /** For the operator. */
  readonly notes: readonly string[];
}

/**
 * Reads what the segments of a directory have, and finds where the log ends. Below what was synced nothing is ever left
 * out: what is damaged there is a hole, and the log goes on behind it. Above, it ends at the first damage.
 * @param cleanHead up to where everything was synced when the log was closed; undefined: it was not
 * @param progress called before each segment that has to be read whole
 */
export async function survey(
  files: Files,
  cleanHead: number | undefined,
  progress: (text: string) => void,
): Promise<Survey> {
  const all: FoundSegment[] = [];
  for (const name of (await files.list()).sort()) {
    const before = segmentOf(name);
    if (before !== undefined) all.push(await FoundSegment.find(files, name, before));
  }
  const syncedUpTo = Math.max(cleanHead ?? 0, await syncedUpToOf(all));
  const walk = new Walk(all, syncedUpTo);
  for (const [i, found] of all.entries()) {
    if (!found.trailer) progress(`Reading ${found.name}, ${i + 1} of ${all.length}`);
    if (!(await walk.take(found, i))) break;
  }
  return walk.result();
}

/** Packs say it better the newer they are: the newest that is whole says it best. */
async function syncedUpToOf(all: readonly FoundSegment[]): Promise<number> {
  for (const found of [...all].reverse()) {
    const { index, syncedUpTo } = await found.scan();
    if (index.packs.count > 0) return syncedUpTo;
  }
  return 0;
}

/** Follows the segments from the oldest one, for as long as each follows the one before it. */
class Walk {
  readonly #all: readonly FoundSegment[];
  readonly #syncedUpTo: number;
  readonly #kept: KeptSegment[] = [];
  readonly #holes: Hole[] = [];
  readonly #notes: string[] = [];
  #left: readonly string[] = [];
  #last = 0;
  #tail: Survey['tail'] = 'whole';

  constructor(all: readonly FoundSegment[], syncedUpTo: number) {
    this.#all = all;
    this.#syncedUpTo = syncedUpTo;
  }

  /** Takes the next segment; false: the log ends before it, or in it. */
  async take(found: FoundSegment, i: number): Promise<boolean> {
    const { before, trailer, name } = found;
    if (i > 0 && before < this.#last) {
      this.#notes.push(`${name} has offsets that another segment has as well, and is not used.`);
      return true;
    }
    if (i > 0 && before > this.#last) {
      const hole = { from: this.#last + 1, to: before };
      // One without packs was begun there on purpose.
      if (hole.from > this.#syncedUpTo && (await this.#hasPacks(i))) return this.#endsBefore(i);
      this.#holes.push(hole);
    }
    if (!found.hasHeader) this.#notes.push(`The header of ${name} is damaged; what its name says was used.`);
    const isNewest = i === this.#all.length - 1;
    if (isNewest || !trailer || !isSure(trailer, before, this.#syncedUpTo))
      return this.#takeScanned(found, i);
    found.forget();
    this.#keep({ found, trailer, last: trailer.last, scanned: undefined });
    return true;
  }

  result(): Survey {
    return {
      kept: this.#kept,
      left: this.#left,
      holes: this.#holes,
      last: this.#last,
      syncedUpTo: this.#syncedUpTo,
      tail: this.#tail,
      notes: this.#notes,
    };
  }

  async #takeScanned(found: FoundSegment, i: number): Promise<boolean> {
    const scanned = await found.scan();
    const { missing, last, tail } = scanned;
    const isIntact = missing.length === 0 && tail === 'whole' && found.trailer?.last === last;
    const isSynced = found.trailer && found.trailer.last <= this.#syncedUpTo;
    const trailer = isIntact || isSynced ? found.trailer : undefined;
    for (const { from, to, at, end } of missing) {
      if (from > this.#syncedUpTo) {
        this.#keep({ found, trailer: undefined, last: from - 1, scanned: await found.scanTo(at) });
        return this.#endsBefore(i + 1);
      }
      this.#holes.push({ from, to });
      if (end > at)
        this.#notes.push(`${found.name} is damaged at byte ${at}: offsets ${from} to ${to} are missing.`);
    }
    this.#keep({ found, trailer, last, scanned });
    if (i === this.#all.length - 1) this.#tail = tail;
    return true;
  }

  #keep(kept: KeptSegment): void {
    this.#kept.push(kept);
    this.#last = kept.last;
  }

  #endsBefore(i: number): false {
    this.#left = this.#all.slice(i).map(({ name }) => name);
    this.#tail = 'bad';
    return false;
  }

  async #hasPacks(from: number): Promise<boolean> {
    for (const found of this.#all.slice(from)) if ((await found.scan()).index.packs.count > 0) return true;
    return false;
  }
}

/** A footer may have reached the disk before the packs; and where offsets are missing, something is damaged. */
function isSure({ entries, last }: Trailer, before: number, syncedUpTo: number): boolean {
  return last <= syncedUpTo && entries === last - before;
}
