import { EVERY_CHANNEL } from '@zerospan/shared';
import type { Placement, RestoredPut } from '../../../core/log/store.ts';
import type { RecordView } from '../../packs/pack.ts';
import { storedOf } from '../../packs/verified-pack.ts';
import type { PlacedClaims } from '../epoch/claims.ts';
import { readPack, type StreamPack } from '../pack-message.ts';
import { below, isOfPacks, lossAt, readPackId } from '../places.ts';
import { Lasts } from '../reading/lasts.ts';
import { Noted } from '../reading/noted.ts';
import type { Message } from '../stream.ts';
import { Carried } from './carried.ts';
import { Fences } from './fences.ts';
import { KeyWindow } from './key-window.ts';
import { Stamps } from './stamps.ts';
import { Twice } from './twice.ts';

/** A record that counts, in its place. */
export interface ArrivedRecord {
  readonly kind: 'written';
  readonly offset: number;
  readonly time: number;
  /** Which of its pack it is. */
  readonly index: number;
}

/** One that does not, since its key came before. */
export interface AgainRecord {
  readonly kind: 'again';
  readonly index: number;
  /** What came before. */
  readonly first: RestoredPut;
  readonly isSame: boolean;
}

/** Of a loss nobody knows how much it was. */
const UNKNOWN: ReadonlyMap<number, null> = new Map([[0, null]]);

/** One that does not, since another node reads its source. */
export interface FencedRecord {
  readonly kind: 'fenced';
  readonly index: number;
  readonly fence: number;
}

export type JudgedRecord = ArrivedRecord | AgainRecord | FencedRecord;

export interface ArrivedPack {
  readonly pack: StreamPack;
  readonly records: readonly JudgedRecord[];
}

/** Which packs and records of the stream count, judged in the order of the stream, and what is known of them. */
export class Arrivals {
  readonly stamps = new Stamps();
  readonly keys = new KeyWindow();
  readonly twice = new Twice();
  readonly noted: Noted;
  readonly lasts: Lasts;
  readonly #carried = new Carried();
  readonly #begin: number;
  #fences: Fences;
  /** Offset of the newest entry that counts; 0: there is none. */
  head: number;

  /**
   * @param begin the sequence from which on everything is taken
   * @param isFirst nothing was ever before it
   * @param claims what is known of them, also further on
   */
  constructor(begin: number, isFirst: boolean, lastBytes: number, claims: PlacedClaims) {
    this.#begin = begin;
    this.#fences = new Fences(claims);
    const from = isFirst ? 0 : below(begin);
    this.noted = new Noted(from);
    this.lasts = new Lasts(lastBytes);
    this.head = from;
  }

  /** Other claims stand from here on. */
  claimed(claims: PlacedClaims): void {
    this.#fences = new Fences(claims);
  }

  /** Whether a record that is read again counts. */
  counts(sequence: number, index: number, fence: number | undefined): boolean {
    if (fence !== undefined && !this.#fences.stands(fence, sequence)) return false;
    return this.twice.counts(sequence, index);
  }

  /** The channels on which a source has sent something since it was claimed first; none: it never was. */
  carriedBy(source: string): readonly string[] | 'every' {
    const first = this.#fences.firstOf(source);
    if (first === undefined) return [];
    return first < this.#begin - 1 ? 'every' : this.#carried.of(source);
  }

  /**
   * Takes the next message that should be a pack.
   * @returns 'again': all of it came before; 'damaged': nobody can read it, and it may have been one; 'foreign': it is
   * none
   */
  take(message: Message): ArrivedPack | 'again' | 'damaged' | 'foreign' {
    const { sequence, subject } = message;
    const time = this.stamps.take(sequence, message.time);
    const pack = readPack(message);
    if (!pack) {
      if (!isOfPacks(subject)) return 'foreign';
      const id = readPackId(message.id);
      return id && this.twice.cameBefore(id, sequence) ? 'again' : 'damaged';
    }
    if (this.twice.isAgain(pack.id, pack.sequence)) return 'again';
    return { pack, records: this.#judge(pack, time, message.data.length) };
  }

  /**
   * What is next up to a sequence is missing, or cannot be read: a gap of every channel stands for it.
   * @param stamp of the message behind it
   */
  lose(sequence: number, stamp: number): Placement {
    const time = this.stamps.latest(stamp);
    const offset = lossAt(sequence);
    this.noted.add({ sequence, first: offset, time, channels: [EVERY_CHANNEL], gaps: UNKNOWN });
    this.head = offset;
    return { offset, time };
  }

  #judge({ pack, sequence }: StreamPack, time: number, bytes: number): JudgedRecord[] {
    const records: JudgedRecord[] = [];
    const channels: (string | undefined)[] = [];
    let gaps: Map<number, number | null> | undefined;
    let counted = 0;
    for (let index = 0; index < (pack.records ?? 0); index++) {
      const view = pack.record(index);
      const offset = pack.offsetOf(index);
      const dropped = this.#fenced(view, index, sequence) ?? this.#again(view, index, { offset, time });
      if (dropped) {
        this.twice.dropRecord(sequence, index);
        for (let i = 0; i < view.count; i++) channels.push(undefined);
        records.push(dropped);
        continue;
      }
      if (view.kind === 'gap') {
        gaps ??= new Map();
        for (let i = 0; i < view.count; i++) gaps.set(channels.length + i, view.missed);
      } else if (!this.lasts.isOff) this.#takeLasts(view, offset, time);
      channels.push(...view.channels);
      counted = channels.length;
      records.push({ kind: 'written', offset, time, index });
    }
    channels.length = counted;
    if (counted === 0) return records;
    const first = pack.header.first;
    this.noted.add({ sequence, first, time, channels, gaps });
    this.head = first + counted - 1;
    if (!this.lasts.isOff) this.lasts.packTaken(bytes, this.head, channels);
    return records;
  }

  #fenced(view: RecordView, index: number, sequence: number): FencedRecord | undefined {
    const { fence } = view;
    if (fence === undefined) return undefined;
    if (!this.#fences.stands(fence, sequence)) return { kind: 'fenced', index, fence };
    const source = this.#fences.sourceOf(fence);
    if (source !== undefined) this.#carried.add(source, view.channels);
    return undefined;
  }

  #again(view: RecordView, index: number, place: Placement): AgainRecord | undefined {
    const { key } = view;
    const first = key && this.keys.take(key, view.user, view.count, place);
    if (!first) return undefined;
    return { kind: 'again', index, first, isSame: key.fingerprint === first.key.fingerprint };
  }

  #takeLasts(view: RecordView, offset: number, time: number): void {
    const { channels, payload } = view;
    for (let i = 0; i < channels.length; i++) {
      const at = { offset: offset + i, time, channel: channels[i] as string };
      this.lasts.take(storedOf(view, payload, at));
    }
  }
}
