import { EVERY_CHANNEL } from '@zerospan/shared';
import type { Placement, RestoredPut } from '../../../core/log/store.ts';
import type { RecordView } from '../../packs/pack.ts';
import { storedOf } from '../../packs/verified-pack.ts';
import { readPack, type StreamPack } from '../pack-message.ts';
import { below, isOfPacks, lossAt, readPackId } from '../places.ts';
import { Lasts } from '../reading/lasts.ts';
import { Noted } from '../reading/noted.ts';
import type { Message } from '../stream.ts';
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

export interface ArrivedPack {
  readonly pack: StreamPack;
  readonly records: readonly (ArrivedRecord | AgainRecord)[];
}

/** Which packs and records of the stream count, judged in the order of the stream, and what is known of them. */
export class Arrivals {
  readonly stamps = new Stamps();
  readonly keys = new KeyWindow();
  readonly twice = new Twice();
  readonly noted: Noted;
  readonly lasts: Lasts;
  /** Offset of the newest entry that counts; 0: there is none. */
  head: number;

  /**
   * @param begin the sequence from which on everything is taken
   * @param isFirst nothing was ever before it
   */
  constructor(begin: number, isFirst: boolean, lastBytes: number) {
    const from = isFirst ? 0 : below(begin);
    this.noted = new Noted(from);
    this.lasts = new Lasts(lastBytes);
    this.head = from;
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

  #judge({ pack, sequence }: StreamPack, time: number, bytes: number): (ArrivedRecord | AgainRecord)[] {
    const records: (ArrivedRecord | AgainRecord)[] = [];
    const channels: (string | undefined)[] = [];
    let gaps: Map<number, number | null> | undefined;
    let counted = 0;
    for (let index = 0; index < (pack.records ?? 0); index++) {
      const view = pack.record(index);
      const offset = pack.offsetOf(index);
      const first = this.#before(view, offset, time);
      if (first) {
        this.twice.dropRecord(sequence, index);
        for (let i = 0; i < view.count; i++) channels.push(undefined);
        records.push({
          kind: 'again',
          index,
          first,
          isSame: view.key?.fingerprint === first.key.fingerprint,
        });
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

  #before(view: RecordView, offset: number, time: number): RestoredPut | undefined {
    const { key } = view;
    return key && this.keys.take(key, view.user, view.count, { offset, time });
  }

  #takeLasts(view: RecordView, offset: number, time: number): void {
    const { channels, payload } = view;
    for (let i = 0; i < channels.length; i++) {
      const at = { offset: offset + i, time, channel: channels[i] as string };
      this.lasts.take(storedOf(view, payload, at));
    }
  }
}
