import assert from 'node:assert/strict';
import type { StoredEntry, StoreRecord } from '../../../../server/src/core/log/store.ts';
import type { Edges } from '../edges.ts';
import type { Line } from '../server.ts';

/** Offsets of which nobody can say what they had. */
export interface LostSpan {
  readonly epoch: string;
  readonly from: number;
  readonly to: number;
}

/** What a start has found. */
export interface FoundLog {
  readonly epoch: string;
  readonly head: number;
  /** Everything that can be read. */
  readonly entries: readonly StoredEntry[];
  /** Everything from here on is held, but for what a power loss has taken. */
  readonly oldest: number;
  /** By the log's `elapsed`, when something of a time of day was. */
  momentOf(time: number): number;
  /** What is of before this moment may have been dropped. */
  readonly keptFromMs: number;
}

/** How the server before ended, and what begins after it. */
export interface Ended {
  /** The power was lost, perhaps. */
  readonly hasLostPower: boolean;
  /** The next one has to be of another epoch. */
  readonly isNewEpoch: boolean;
  /** Everything before this offset had been dropped. */
  readonly oldest: number;
}

/** Everything that a log on disk was ever given, whatever ended the servers that wrote it. */
export class DiskLedger {
  /** In order; of each epoch that went on as another one once more. */
  readonly lines: Line[] = [];
  readonly lost: LostSpan[] = [];
  readonly #edges: Edges;
  /** Offsets of this epoch that were accepted, and that have been lost. */
  readonly #accepted = new Set<number>();
  readonly #isLost = new Set<number>();
  #epoch: string | undefined;
  #head = 0;

  constructor(edges: Edges) {
    this.#edges = edges;
  }

  /** A promise was given. */
  accepted({ channels }: StoreRecord, offset: number): void {
    channels.forEach((_, i) => void this.#accepted.add(offset + i));
  }

  /** The log was closed: all of it is safe, whatever was promised of it before. */
  closed(): void {
    for (const { offset, isLost } of this.#lines(this.#epoch)) if (!isLost) this.#accepted.add(offset);
  }

  /** Holds what a start has found against what is known, and learns from it what nobody has seen yet. */
  found(log: FoundLog, ended: Ended): void {
    const { hasLostPower, isNewEpoch } = ended;
    const { epoch, head, entries, oldest, keptFromMs } = log;
    const isSame = epoch === this.#epoch;
    if (this.#epoch !== undefined && isSame === isNewEpoch)
      assert.fail(`the epoch was ${this.#epoch} and is ${epoch}`);
    const before = this.#epoch;
    this.#epoch ??= epoch;
    const known = new Map(this.#lines(before).map((line) => [line.offset, line]));
    const newest = Math.max(0, ...known.keys());
    for (const entry of entries) this.#compare(entry, known.get(entry.offset), newest, log);
    const held = new Set(entries.map(({ offset }) => offset));
    // Where nothing is left, nothing says what of it had been dropped.
    const isEmpty = hasLostPower && oldest > newest;
    for (const [offset, { atMs }] of known) {
      const isDue = offset >= oldest || (isEmpty && offset >= ended.oldest && atMs >= keptFromMs);
      if (isDue && !held.has(offset)) this.#loses(offset, hasLostPower);
    }
    const last = Math.max(newest, this.#head, ...held);
    // Another epoch may give again what was lost of the one before.
    const least = hasLostPower && isNewEpoch ? Math.max(0, ...held) : last;
    if (head < least || (head > last && !hasLostPower)) assert.fail(`the head is ${head}, not ${last}`);
    if (hasLostPower) this.#hole(before ?? epoch, Math.max(ended.oldest - 1, ...held) + 1, head);
    this.#head = head;
    if (!isSame && before !== undefined) this.#inherit(before, epoch);
  }

  #lines(epoch: string | undefined): Line[] {
    return this.lines.filter((line) => line.epoch === epoch);
  }

  #compare(entry: StoredEntry, known: Line | undefined, newest: number, log: FoundLog): void {
    const { offset, channel, time, kind, stands } = entry;
    const text = kind === 'gap' ? undefined : Buffer.from(entry.payload).toString();
    const found = JSON.stringify({ offset, channel, time, text, stands });
    if (this.#isLost.has(offset)) assert.fail(`${found} was lost and is there again`);
    if (!known) {
      if (offset <= newest) assert.fail(`${found} is there, which was not appended`);
      this.#edges.reached('found by a start');
      const epoch = this.#epoch as string;
      const atMs = log.momentOf(time);
      this.lines.push({ epoch, offset, channel, time, text, stands, atMs, seenMs: atMs });
      return;
    }
    const was = JSON.stringify({
      offset,
      channel: known.channel,
      time: known.time,
      text: known.text,
      stands,
    });
    if (was !== found || known.stands !== stands) assert.fail(`${found} was ${was}`);
  }

  #loses(offset: number, mayLose: boolean): void {
    if (this.#isLost.has(offset)) return;
    if (!mayLose) assert.fail(`${offset} is missing`);
    if (this.#accepted.has(offset)) assert.fail(`${offset} was accepted and is missing`);
    this.#isLost.add(offset);
    this.#edges.reached('lost with the power');
    const i = this.lines.findIndex((line) => line.epoch === this.#epoch && line.offset === offset);
    this.lines[i] = { ...(this.lines[i] as Line), isLost: true };
  }

  #hole(epoch: string, from: number, to: number): void {
    if (from <= to) this.lost.push({ epoch, from, to });
  }

  /** What was there before a new epoch can still be read, by its offsets. */
  #inherit(before: string, epoch: string): void {
    const inherited = this.#lines(before).filter(({ offset }) => offset <= this.#head);
    this.lines.push(...inherited.map((line) => ({ ...line, epoch, isOfBefore: true })));
    const holes = this.lost.filter((hole) => hole.epoch === before && hole.from <= this.#head);
    this.lost.push(...holes.map((hole) => ({ ...hole, epoch, to: Math.min(hole.to, this.#head) })));
    // What stood above the head may be given again, to others.
    for (const offsets of [this.#isLost, this.#accepted])
      for (const offset of offsets) if (offset > this.#head) offsets.delete(offset);
    this.#epoch = epoch;
  }
}
