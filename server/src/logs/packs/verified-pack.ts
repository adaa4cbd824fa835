import { firstWhere } from '../../core/log/first-where.ts';
import type { StoredEntry } from '../../core/log/store.ts';
import { PACK_HEADER_BYTES, type PackHeader, RecordView } from './pack.ts';

const NOTHING = Buffer.alloc(0);

/** Where the records of a pack are. */
interface RecordTable {
  /** In bytes from the beginning of the pack; one more than there are records: its end. */
  readonly starts: Uint32Array;
  /** How many entries lie before each; undefined: each record is one entry. */
  readonly entries: Uint32Array | undefined;
}

/** A pack that was read, and whose check sum is right. */
export class VerifiedPack {
  readonly header: PackHeader;
  readonly #bytes: Buffer;
  /** Made when it is needed first: what is read ahead may not be. */
  #table: RecordTable | undefined;

  /** @param bytes the pack alone */
  constructor(bytes: Buffer, header: PackHeader) {
    this.#bytes = bytes;
    this.header = header;
  }

  /** How many records it has; undefined: they are not what its header says, for all its check sum. */
  get records(): number | undefined {
    this.#table ??= this.#tabulate();
    return this.#table && this.#table.starts.length - 1;
  }

  /** @param i from 0, below `records` */
  record(i: number): RecordView {
    const { starts } = this.#table as RecordTable;
    return RecordView.at(this.#bytes, starts[i] as number, starts[i + 1] as number) as RecordView;
  }

  /** Offset of the first entry of a record. @param i from 0, below `records` */
  offsetOf(i: number): number {
    const { entries } = this.#table as RecordTable;
    return this.header.first + (entries ? (entries[i] as number) : i);
  }

  /** The record that has the entry of an offset. */
  find(offset: number): number {
    const { starts, entries } = this.#table as RecordTable;
    const at = offset - this.header.first;
    return entries ? firstWhere(0, starts.length - 1, (i) => (entries[i] as number) > at) - 1 : at;
  }

  /** Without an object for each record: of a thousand, one may be asked for. */
  #tabulate(): RecordTable | undefined {
    const { entries: most } = this.header;
    const { length: end } = this.#bytes;
    const view = RecordView.over(this.#bytes);
    const starts = new Uint32Array(most + 1);
    let before: Uint32Array | undefined;
    let [records, entries, at] = [0, 0, PACK_HEADER_BYTES];
    for (; at < end; records++) {
      if (!view.move(at, end) || entries + view.count > most) return undefined;
      starts[records] = at;
      if (view.count > 1) before ??= Uint32Array.from({ length: most }, (_, i) => i);
      if (before) before[records] = entries;
      entries += view.count;
      at = view.end;
    }
    starts[records] = at;
    if (entries !== most || at !== end) return undefined;
    return { starts: starts.subarray(0, records + 1), entries: before?.subarray(0, records) };
  }
}

/**
 * One entry of a record.
 * @param payload its payload: a view of the whole pack, or bytes of its own
 */
export function storedOf(
  record: RecordView,
  payload: Uint8Array,
  at: { readonly offset: number; readonly time: number; readonly channel: string },
): StoredEntry {
  const { offset, time, channel } = at;
  const { user } = record;
  if (record.kind === 'gap') {
    const stands = record.missed;
    return { kind: 'gap', offset, time, channel, republish: false, payload: NOTHING, stands, user };
  }
  const { republish } = record;
  return { kind: 'publication', offset, time, channel, republish, payload, stands: 1, user };
}
