import { EVERY_CHANNEL, ZerospanError } from '@zerospan/shared';
import { Superseded } from '../../../core/log/puts/superseded.ts';
import type { GapRecord, RestoredPut, StoreListener, StoreRecord } from '../../../core/log/store.ts';
import type { Outcomes } from '../../packs/outcomes.ts';
import { beginsOf, FORMAT, type PlacedRecord, readRecord } from '../epoch/record.ts';
import type { StreamNotice } from '../options.ts';
import type { SeenPack } from '../pack-message.ts';
import { below, offsetOf } from '../places.ts';
import type { OwnPacks } from '../publishing/own-packs.ts';
import { Damages } from '../reading/damages.ts';
import type { View } from '../reading/scanning.ts';
import type { Message } from '../stream.ts';
import { type AgainRecord, Arrivals, type ArrivedPack, type ArrivedRecord } from './arrivals.ts';
import { type Head, markOf } from './head-check.ts';
import { Rewinds } from './rewinds.ts';

export interface IncomingParts {
  readonly listener: StoreListener;
  readonly outcomes: Outcomes;
  readonly own: OwnPacks;
  readonly incarnation: string;
  /** The subject of the epoch's record. */
  readonly epochSubject: string;
  readonly lastBytes: number;
  readonly onNotice: (notice: StreamNotice) => void;
  /** Something has come. */
  readonly moved: () => void;
  /** Another epoch has begun: others have written its record. */
  readonly begun: (record: PlacedRecord) => void;
  /** What has come shows that the stream went back. */
  readonly wentBack: () => void;
}

/** Where a node begins to take the stream. */
export interface IncomingStart {
  readonly created: string;
  readonly record: PlacedRecord;
  /** The first sequence that is taken. */
  readonly begin: number;
  /** Offset of the newest entry below. */
  readonly head: number;
  /** Nothing is reported up to this sequence: it was there before. */
  readonly openUpTo: number;
}

/** What is known when all that was there before has been taken. */
export interface Restored {
  readonly head: number;
  readonly puts: readonly RestoredPut[];
  /** Packs name others that the stream does not have any more: it went back. */
  readonly wentBack: boolean;
}

/** What stands for messages that are missing, or that nobody can read. */
const LOSS: GapRecord = { kind: 'gap', channels: [EVERY_CHANNEL], missed: null };

/** What comes from the stream: judged, noted, and reported to the log above. */
export class Incoming {
  readonly damages: Damages;
  readonly #parts: IncomingParts;
  readonly #openUpTo: number;
  #rewinds: Rewinds;
  #wasRewound = false;
  #arrivals: Arrivals;
  #head: Head;
  #record: PlacedRecord;
  /** The newest message that should be a record and cannot be read; 0: there was none. */
  #damagedRecord = 0;
  #seen: SeenPack | undefined;
  #bytesSinceRecord = 0;
  #reported: Promise<void> = Promise.resolve();
  /** What `openUpTo` is about, once all up to there has come. */
  #restored: Restored | undefined;

  constructor(parts: IncomingParts, { created, record, begin, head, openUpTo }: IncomingStart) {
    this.#parts = parts;
    this.damages = new Damages(parts.onNotice);
    this.#record = record;
    this.#openUpTo = openUpTo;
    this.#rewinds = new Rewinds(record.sequence);
    this.#arrivals = new Arrivals(begin, begin === 1, parts.lastBytes, record.claims);
    this.#arrivals.head = head;
    this.#head = { created, sequence: begin - 1, mark: undefined };
  }

  get arrivals(): Arrivals {
    return this.#arrivals;
  }

  /** What has come, as a scan reads it. */
  get view(): Pick<View, 'arrivals' | 'damages' | 'last'> {
    return { arrivals: this.#arrivals, damages: this.damages, last: this.#head.sequence };
  }

  get head(): Head {
    return this.#head;
  }

  get record(): PlacedRecord {
    return this.#record;
  }

  /** Sequence of the newest message in the place of the record, be it one or not. */
  get recordAt(): number {
    return Math.max(this.#record.sequence, this.#damagedRecord);
  }

  get begins(): number {
    return beginsOf(this.#record);
  }

  /** The newest pack that has come. */
  get seen(): SeenPack | undefined {
    return this.#seen;
  }

  get bytesSinceRecord(): number {
    return this.#bytesSinceRecord;
  }

  /** Undefined until all has come that was there before. */
  get restored(): Restored | undefined {
    return this.#restored;
  }

  /** Resolves when all that has come is reported. */
  reported(): Promise<void> {
    return this.#reported;
  }

  take(message: Message): void {
    const { sequence } = message;
    this.gone(sequence - 1, message.time);
    if (sequence > this.#openUpTo) this.#restore();
    this.#head = { ...this.#head, sequence, mark: markOf(message) };
    this.#bytesSinceRecord += message.data.length;
    if (message.subject === this.#parts.epochSubject) this.#takeRecord(message);
    else this.#takePack(message);
    if (sequence === this.#openUpTo) this.#restore();
    this.#parts.moved();
  }

  /** The stream was found to be the same, up to what was its head then. */
  verified({ sequence, mark }: Head): void {
    this.#head = { ...this.#head, earlier: mark && { sequence, mark } };
  }

  /** The stream holds nothing below a sequence. */
  checked(first: number): void {
    this.#arrivals.twice.forgetBelow(first);
    this.gone(first - 1);
  }

  /**
   * What has not come up to a sequence will not: it is missing in the stream, or was dropped before it came.
   * @param stamp of the message behind it
   */
  gone(upTo: number, stamp = 0): void {
    const from = this.#head.sequence + 1;
    this.#missed(Math.max(from - 1, upTo));
    if (from > upTo) return;
    this.#lose(from, upTo, stamp, 'missing');
    this.#head = { ...this.#head, sequence: upTo, mark: undefined };
    if (upTo >= this.#openUpTo) this.#restore();
    this.#parts.moved();
  }

  /** Another epoch begins with a record, and what came before it is not known any more. */
  begin(record: PlacedRecord, created: string): void {
    const { sequence, message } = record;
    this.#record = record;
    this.#damagedRecord = 0;
    this.damages.begin();
    this.#bytesSinceRecord = 0;
    this.#seen = undefined;
    this.#rewinds = new Rewinds(sequence);
    this.#arrivals = new Arrivals(sequence + 1, false, this.#parts.lastBytes, record.claims);
    this.#arrivals.head = offsetOf(sequence);
    this.#head = { created, sequence, mark: markOf(message) };
  }

  /** Everything up to this offset is dropped, where the oldest message that is held has a sequence. */
  droppedUpTo(first: number): number {
    const { noted } = this.#arrivals;
    if (first <= 1) return 0;
    return noted.newestBelow(first) ?? Math.min(noted.from, below(first));
  }

  #takeRecord(message: Message): void {
    const record = readRecord(message);
    if (!record || record.format > FORMAT) {
      if (!record) this.#damagedRecord = message.sequence;
      this.damages.foreign(message.sequence, 'no record of an epoch that this version knows');
      return;
    }
    if (record.sequence <= this.#record.sequence) return;
    if (record.epoch === this.#record.epoch) {
      this.#record = record;
      this.#bytesSinceRecord = 0;
      this.#arrivals.claimed(record.claims);
    } else if (record.generation > this.#record.generation) {
      this.begin(record, this.#head.created);
      this.#parts.begun(record);
    } else {
      // Two epochs that do not know of each other: both end.
      this.#parts.wentBack();
    }
  }

  #takePack(message: Message): void {
    const { sequence } = message;
    const arrived = this.#arrivals.take(message);
    if (arrived === 'again') return;
    if (typeof arrived === 'object') {
      const { pack } = arrived;
      this.#seen = { sequence, crc: pack.crc };
      const wentBack = this.#rewinds.take(pack);
      if (sequence <= this.#openUpTo) this.#wasRewound ||= wentBack;
      else if (wentBack) this.#parts.wentBack();
      else this.#report(arrived);
      return;
    }
    if (arrived === 'foreign') this.damages.foreign(sequence, 'no pack');
    else this.#takeDamaged(message);
  }

  #takeDamaged({ sequence, time }: Message): void {
    this.#missed(sequence);
    this.#lose(sequence, sequence, time, 'damaged');
  }

  /** Those who follow are given a gap in its place, as all are who read it later: see `scanStream`. */
  #lose(from: number, to: number, stamp: number, why: 'missing' | 'damaged'): void {
    const { outcomes, listener } = this.#parts;
    const place = this.#arrivals.lose(to, stamp);
    this.damages.found(from, to, why);
    if (from <= this.#openUpTo) return;
    this.#reported = outcomes.each([place], (at) => listener.written({ record: LOSS, ...at }));
  }

  #report({ pack: { id, pack }, records }: ArrivedPack): void {
    const { own, incarnation, outcomes, listener } = this.#parts;
    const mine = id.incarnation === incarnation ? own.take(id.number) : undefined;
    this.#reported = outcomes.each(records, (one) => {
      const record = mine?.[one.index];
      if (one.kind === 'again') {
        if (record) this.#answerAgain(record, one);
        return;
      }
      if (one.kind === 'fenced') {
        if (record) listener.failed(record, new Superseded(one.fence));
        return;
      }
      const { offset, time } = one satisfies ArrivedRecord;
      listener.written({ record: record ?? pack.record(one.index).record(), offset, time });
      if (record) listener.appended(record, { offset, time });
    });
  }

  #answerAgain(record: StoreRecord, { first, isSame }: AgainRecord): void {
    const { listener } = this.#parts;
    const { offset, time } = first;
    if (isSame) listener.appended(record, { offset, time, again: true });
    else listener.failed(record, new ZerospanError('put-conflict'));
  }

  /** Of own packs up to a sequence nothing will come. */
  #missed(upTo: number): void {
    const records = this.#parts.own.missedUpTo(upTo);
    if (records.length === 0) return;
    const reason = 'The stream has dropped it, before it had come back.';
    void this.#parts.outcomes.failed(records, new ZerospanError('outcome-unknown', reason));
  }

  #restore(): void {
    const { head, keys } = this.#arrivals;
    this.#restored ??= { head, puts: keys.puts, wentBack: this.#wasRewound };
  }
}
