import { utf8Bytes } from '@zerospan/shared';
import { firstWhere } from '../../../core/log/first-where.ts';
import type { StoredKey } from '../../../core/log/store.ts';
import { CHANNEL_ROW_BYTES, FOOTER_HEADER_BYTES, GAP_ROW_BYTES, OFFSET_BYTES } from './footer-layout.ts';
import { PACK_ROW_BYTES, PackRows } from './pack-rows.ts';
import { KEY_ROW_BYTES, type KeyOwner, type KeyOwners, PutKeyRows } from './put-key-rows.ts';
import type { ChannelGap, ChannelOffsets, PackPlace, SegmentIndex } from './segment-index.ts';

/** What the index needs of a record; one that is read from its bytes has it as well. */
export interface IndexedRecord {
  readonly kind: 'put' | 'gap';
  readonly channels: readonly string[];
  /** Of a gap. */
  readonly missed?: number | null;
  /** Of a put. */
  readonly user?: string;
  readonly key?: StoredKey | undefined;
}

/** Offsets are written in four bytes, from that before the segment on. */
const SPAN_MOST = 0xffff_ffff;

const NO_GAPS: readonly ChannelGap[] = [];

/** The index of the segment that is being written. */
export class GrowingIndex implements SegmentIndex {
  readonly before: number;
  readonly packs: PackRows;
  readonly keys: PutKeyRows;
  /** Who put, as `keys` number them. */
  readonly owners: KeyOwner[] = [];
  /** By client, the numbers of its owners: more than one where it puts as several users. */
  readonly #ownersOf = new Map<string, number[]>();
  /** By channel, the offsets of its publications from `before` on. */
  readonly #offsets = new Map<string, number[]>();
  readonly #gaps = new Map<string, ChannelGap[]>();
  #footerBytes = FOOTER_HEADER_BYTES;
  #entries = 0;

  /** @param before offset of the newest entry before the segment; 0: none */
  constructor(before: number) {
    this.before = before;
    this.packs = new PackRows(before);
    this.keys = new PutKeyRows(this.packs, ownersOf(this.owners));
  }

  get channels(): number {
    return this.#offsets.size;
  }

  get entries(): number {
    return this.#entries;
  }

  /** About how many bytes its footer and put keys would have if the segment was sealed now: a reason to seal it. */
  get footerBytes(): number {
    const { packs, keys } = this;
    return this.#footerBytes + packs.count * PACK_ROW_BYTES + keys.count * KEY_ROW_BYTES;
  }

  /**
   * Adds a pack that was written.
   * @param records all of it, in order
   * @throws RangeError if its offsets do not fit into the segment, or its records are not as many as its place says
   */
  add(place: PackPlace, records: readonly IndexedRecord[]): void {
    let at = place.first - this.before;
    const end = at + place.entries;
    if (
      at <= 0 ||
      end > SPAN_MOST ||
      end !== records.reduce((sum, { channels }) => sum + channels.length, at)
    )
      throw new RangeError(
        `the pack ${JSON.stringify(place)} does not fit into the segment above ${this.before}`,
      );
    this.packs.add(place);
    this.#entries += place.entries;
    for (const record of records) {
      const { channels, key } = record;
      if (key) this.#addKey(this.before + at, key, record.user ?? '', channels.length);
      if (record.kind === 'gap') for (const name of channels) this.#addGap(name, at++, record.missed ?? null);
      else for (const name of channels) this.#addPublication(name, at++);
    }
  }

  channel(name: string): ChannelOffsets | undefined {
    const offsets = this.#offsets.get(name);
    return offsets && new GrowingChannel(name, this.before, offsets, this.#gaps.get(name) ?? NO_GAPS);
  }

  *all(prefix = ''): Iterable<ChannelOffsets> {
    for (const [name, offsets] of this.#offsets)
      if (name.startsWith(prefix))
        yield new GrowingChannel(name, this.before, offsets, this.#gaps.get(name) ?? NO_GAPS);
  }

  #addPublication(name: string, at: number): void {
    const offsets = this.#offsets.get(name);
    if (offsets) offsets.push(at);
    else this.#addChannel(name, [at]);
    this.#footerBytes += OFFSET_BYTES;
  }

  #addGap(name: string, at: number, stands: number | null): void {
    if (!this.#offsets.has(name)) this.#addChannel(name, []);
    const gap = { offset: this.before + at, stands };
    const gaps = this.#gaps.get(name);
    if (gaps) gaps.push(gap);
    else this.#gaps.set(name, [gap]);
    this.#footerBytes += GAP_ROW_BYTES;
  }

  #addChannel(name: string, offsets: number[]): void {
    // What came may be a slice of a whole message, which would stay in memory with it.
    this.#offsets.set(Buffer.from(name).toString(), offsets);
    this.#footerBytes += CHANNEL_ROW_BYTES + utf8Bytes(name);
  }

  #addKey(offset: number, key: StoredKey, user: string, channels: number): void {
    this.keys.add(offset, key, this.#ownerOf(key.client, user), channels);
  }

  #ownerOf(client: string, user: string): number {
    const known = this.#ownersOf.get(client);
    const owner = known?.find((i) => this.owners[i]?.user === user);
    if (owner !== undefined) return owner;
    const added = this.owners.push({ client, user }) - 1;
    if (known) known.push(added);
    else this.#ownersOf.set(client, [added]);
    return added;
  }
}

/** Beside the index, which is let go of sooner than what is remembered of its puts. */
function ownersOf(owners: readonly KeyOwner[]): KeyOwners {
  const at = (i: number): KeyOwner => owners[i] as KeyOwner;
  return { at, clientAt: (i) => Buffer.from(at(i).client) };
}

class GrowingChannel implements ChannelOffsets {
  readonly name: string;
  readonly gaps: readonly ChannelGap[];
  readonly #before: number;
  readonly #offsets: readonly number[];

  constructor(name: string, before: number, offsets: readonly number[], gaps: readonly ChannelGap[]) {
    this.name = name;
    this.gaps = gaps;
    this.#before = before;
    this.#offsets = offsets;
  }

  get count(): number {
    return this.#offsets.length;
  }

  offsetAt(i: number): number {
    return this.#before + (this.#offsets[i] as number);
  }

  firstAbove(offset: number): number {
    return firstWhere(0, this.#offsets.length, (i) => this.offsetAt(i) > offset);
  }
}
