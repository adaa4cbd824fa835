import type { Clock } from '@zerospan/shared';
import { matches } from '../../server/src/core/log/matching.ts';
import type {
  DroppedAnswer,
  DroppedQuestion,
  OpenedStore,
  Scan,
  Scanned,
  Store,
  StoreAppended,
  StoredEntry,
  StoreListener,
  StoreRecord,
} from '../../server/src/core/log/store.ts';

export interface ArrayStoreOptions {
  readonly clock: Clock;
  /** How long anything takes: asked once for each write, and twice for each scan. */
  later(): Promise<void>;
  /** Most entries that it holds, most last publications beyond, and how old an entry may be, in ms; 0: any age. */
  readonly entries: number;
  readonly lasts: number;
  readonly ageMs: number;
  /** Offset of the record that comes next. Default: one above the head. */
  readonly next?: (head: number) => number;
  readonly epoch?: string;
}

interface Row extends StoredEntry {
  readonly atMs: number;
  isLost: boolean;
}

/** How little a store is: entries in an array, behind a delay. */
export class ArrayStore implements Store {
  droppedUpTo = 0;
  readonly #options: ArrayStoreOptions;
  /** Everything that it was ever given: also what is lost, to count it. */
  readonly #rows: Row[] = [];
  #dropped = 0;
  #head = 0;
  #listener: StoreListener | undefined;
  /** What gathers while a write is under way is the next one. */
  #gathered: (() => () => void)[] = [];
  #writing: Promise<void> | undefined;

  constructor(options: ArrayStoreOptions) {
    this.#options = options;
  }

  async open(listener: StoreListener): Promise<OpenedStore> {
    await this.#options.later();
    this.#listener = listener;
    const { epoch = 'array' } = this.#options;
    return { epoch, head: this.#head, puts: [], forgottenUpTo: this.#rows.at(-1)?.time ?? 0 };
  }

  append(record: StoreRecord, time: number): Promise<StoreAppended> {
    return new Promise((resolve) => {
      this.#gathered.push(() => {
        const placement = this.#place(record, time);
        return () => resolve(placement);
      });
      this.#writing ??= this.#write();
    });
  }

  async scan(scan: Scan): Promise<Scanned> {
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
    const most = Math.max(entries, 1);
    while (this.#rows.length - this.#dropped > most || (this.#rows[this.#dropped]?.atMs ?? keepMs) < keepMs)
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
    while (this.#gathered.length > 0) {
      await this.#options.later();
      const answers = this.#gathered.splice(0).map((place) => place());
      this.expire();
      for (const answer of answers) answer();
    }
    this.#writing = undefined;
  }

  #place(record: StoreRecord, time: number): StoreAppended {
    const { clock, next = (head) => head + 1 } = this.#options;
    const offset = next(this.#head);
    const isPut = record.kind === 'put';
    const entry = isPut
      ? ({
          kind: 'publication',
          republish: record.republish,
          payload: record.payload,
          stands: 1,
          user: record.user,
        } as const)
      : ({
          kind: 'gap',
          republish: false,
          payload: new Uint8Array(),
          stands: record.missed,
          user: '',
        } as const);
    for (const channel of record.channels) {
      this.#head = offset + record.channels.indexOf(channel);
      this.#rows.push({ ...entry, offset: this.#head, time, channel, atMs: clock.elapsed(), isLost: false });
    }
    this.#listener?.written({ record, offset, time });
    return { offset, time };
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

  #scan({ order, after, upTo, filter, isDue, entries: most, bytes, dropped }: Scan): Scanned {
    const rows = this.#rows.filter(({ offset, isLost }) => !isLost && offset > after && offset <= upTo);
    if (order === 'backwards') rows.reverse();
    const entries: Row[] = [];
    let reached = order === 'forwards' ? upTo : after;
    let [looked, room] = [0, bytes];
    for (const row of rows) {
      const isWanted = matches(filter, row.channel) && (!isDue || isDue(row.channel));
      if (looked >= most || (isWanted && entries.length > 0 && row.payload.length > room)) {
        reached = order === 'forwards' ? (rows[looked - 1] as Row).offset : row.offset;
        break;
      }
      looked++;
      room -= isWanted ? row.payload.length : 0;
      if (isWanted) entries.push(row);
    }
    return { entries, reached, looked, searched: 0, dropped: dropped.map((one) => this.#droppedOf(one)) };
  }

  #droppedOf({ filter, from }: DroppedQuestion): DroppedAnswer | undefined {
    const lost = this.#rows.filter((row) => row.isLost && row.offset > from && matches(filter, row.channel));
    const missed = lost
      .map(({ stands }) => stands)
      .reduce((sum, n) => (sum === null || n === null ? null : sum + n), 0);
    const to = lost.at(-1)?.offset;
    return to === undefined ? undefined : { to, missed };
  }
}
