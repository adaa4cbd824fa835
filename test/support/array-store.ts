import type { Clock } from '@zerospan/shared';
import { matches } from '../../server/src/core/log/matching.ts';
import type * as port from '../../server/src/core/log/store.ts';

export interface ArrayStoreOptions {
  readonly clock: Clock;
  /** How long anything takes: asked once for each write, and twice for each scan. */
  readonly later: () => Promise<void>;
  /** Most entries, from 1; most last publications beyond these; how old an entry may be, in ms; 0: any age. */
  readonly entries: number;
  readonly lasts: number;
  readonly ageMs: number;
  /** Offset of the record that comes next. Default: one above the head. */
  readonly next?: (head: number) => number;
  readonly epoch?: string;
}

interface Row extends port.StoredEntry {
  readonly atMs: number;
  isLost: boolean;
}

/** How little a store is: entries in an array, behind a delay. It outlives the log over it, as a disk does. */
export class ArrayStore implements port.Store {
  droppedUpTo = 0;
  readonly #options: ArrayStoreOptions;
  /** Everything that it was ever given: also what is lost, to count it. */
  readonly #rows: Row[] = [];
  #dropped = 0;
  #head = 0;
  #listener: port.StoreListener | undefined;
  readonly #puts: port.RestoredPut[] = [];
  /** All that comes before a write is done is written together. */
  readonly #gathered: [port.StoreRecord, number][] = [];
  #writing: Promise<void> | undefined;

  constructor(options: ArrayStoreOptions) {
    this.#options = options;
  }

  async open(listener: port.StoreListener): Promise<port.OpenedStore> {
    this.#listener = listener;
    await this.#options.later();
    const { epoch = 'array' } = this.#options;
    return { epoch, begins: 0, state: 'reachable', head: this.#head, puts: this.#puts, forgottenUpTo: 0 };
  }

  append(record: port.StoreRecord, time: number): void {
    this.#gathered.push([record, time]);
    this.#writing ??= this.#write();
  }

  async scan(scan: port.Scan): Promise<port.Scanned> {
    await this.#options.later();
    const scanned = this.#scan(scan);
    await this.#options.later();
    return scanned;
  }

  async offsetBefore(time: number): Promise<number> {
    await this.#options.later();
    return this.#rows.findLast((row) => row.time < time)?.offset ?? 0;
  }

  expire(): void {
    const { clock, entries, ageMs } = this.#options;
    const keepMs = ageMs === 0 ? Number.NEGATIVE_INFINITY : clock.elapsed() - ageMs;
    const before = this.#dropped;
    while (
      this.#rows.length - this.#dropped > entries ||
      (this.#rows[this.#dropped]?.atMs ?? keepMs) < keepMs
    )
      this.#dropped++;
    if (this.#dropped > 0) this.#lose();
    if (this.#dropped === before) return;
    this.droppedUpTo = this.#rows[this.#dropped - 1]?.offset ?? 0;
    this.#listener?.droppedUpTo(this.droppedUpTo);
  }

  async close(): Promise<void> {
    await this.#writing;
    this.#listener = undefined;
  }

  async #write(): Promise<void> {
    await this.#options.later();
    this.#writing = undefined;
    const placed = this.#gathered
      .splice(0)
      .map(([record, time]) => ({ record, place: this.#place(record, time) }));
    this.expire();
    // As after a sync.
    await Promise.resolve();
    for (const { record, place } of placed) this.#listener?.appended(record, place);
  }

  #place(record: port.StoreRecord, atLeast: number): port.StoreAppended {
    const { clock, next = (head) => head + 1 } = this.#options;
    const time = Math.max(atLeast, clock.now(), this.#rows.at(-1)?.time ?? 0);
    const placed = { offset: next(this.#head), time };
    record.channels.forEach((channel, i) => {
      const at = { channel, offset: placed.offset + i, time, atMs: clock.elapsed(), isLost: false };
      const gap = { kind: 'gap', republish: false, payload: new Uint8Array(), user: '' } as const;
      if (record.kind === 'gap') this.#rows.push({ ...at, ...gap, stands: record.missed });
      else this.#rows.push({ ...record, ...at, kind: 'publication', stands: 1 });
      this.#head = at.offset;
    });
    const { length: channels } = record.channels;
    if (record.kind === 'put' && record.key)
      this.#puts.push({ ...placed, key: record.key, user: record.user, channels });
    this.#listener?.written({ record, ...placed });
    return placed;
  }

  /** Of what was dropped, the last publications of channels are kept, as many as there may be. */
  #lose(): void {
    const last = new Map(
      this.#rows.filter(({ kind }) => kind === 'publication').map((row) => [row.channel, row]),
    );
    const dropped = this.#rows.slice(0, this.#dropped).filter(({ isLost }) => !isLost);
    const kept = dropped.filter((row) => last.get(row.channel) === row);
    const lost = new Set(kept.slice(0, Math.max(kept.length - this.#options.lasts, 0)));
    for (const row of dropped) row.isLost = last.get(row.channel) !== row || lost.has(row);
  }

  #scan({ order, after, upTo, filter, isDue, entries: most, bytes, dropped }: port.Scan): port.Scanned {
    const rows = this.#rows.filter(({ offset, isLost }) => !isLost && offset > after && offset <= upTo);
    if (order === 'backwards') rows.reverse();
    const entries: Row[] = [];
    let reached = order === 'forwards' ? upTo : after;
    let [scanned, room] = [0, bytes];
    for (const row of rows) {
      const matchesAny = matches(filter, row.channel) && (!isDue || isDue(row.channel));
      if (scanned >= most || (matchesAny && entries.length > 0 && row.payload.length > room)) {
        reached = order === 'forwards' ? (rows[scanned - 1] as Row).offset : row.offset;
        break;
      }
      scanned++;
      room -= matchesAny ? row.payload.length : 0;
      if (matchesAny) entries.push(row);
    }
    return { entries, reached, scanned, searched: 0, dropped: dropped.map((one) => this.#droppedOf(one)) };
  }

  #droppedOf({ filter, from }: port.DroppedQuestion): port.DroppedAnswer | undefined {
    const lost = this.#rows.filter((row) => row.isLost && row.offset > from && matches(filter, row.channel));
    const missed = lost.some(({ stands }) => stands === null)
      ? null
      : lost.reduce((sum, { stands }) => sum + (stands ?? 0), 0);
    const [first, to] = [lost[0]?.offset, lost.at(-1)?.offset];
    return first === undefined || to === undefined ? undefined : { first, to, missed };
  }
}
