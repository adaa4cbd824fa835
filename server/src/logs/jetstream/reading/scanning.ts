import { EVERY_CHANNEL } from '@zerospan/shared';
import { matches } from '../../../core/log/matching.ts';
import type { Scan, Scanned, StoredEntry } from '../../../core/log/store.ts';
import { ZEROMQ_USER } from '../../../core/sharing/fair-share.ts';
import { Answer } from '../../packs/answer.ts';
import { storedOf } from '../../packs/verified-pack.ts';
import type { Arrivals } from '../following/arrivals.ts';
import { readPack } from '../pack-message.ts';
import { isOfPacks, lossAt, sequenceOf } from '../places.ts';
import type { Message, Stream } from '../stream.ts';
import type { Damages } from './damages.ts';
import { fetchHeld } from './fetch-held.ts';
import { newestHeld } from './find-time.ts';

/** Bytes that are asked for at a time, at least: a question costs as much as thousands of entries. */
const FETCH_BYTES = 256 * 1024;
/** And at most: they are in memory together. */
const FETCH_BYTES_MOST = 4 * 1024 * 1024;

/** Messages of one question backwards, at first: how much they have is known only when they are there. */
const BACK_MESSAGES = 16;
const BACK_MESSAGES_MOST = 512;

const NOTHING = Buffer.alloc(0);

/** What is read, as it is at one moment. */
export interface View {
  readonly arrivals: Arrivals;
  readonly damages: Pick<Damages, 'found'>;
  readonly droppedUpTo: number;
  /** Sequence of the oldest message that the stream held. */
  readonly first: number;
  /** Sequence of the newest message that has come. */
  readonly last: number;
}

/** The stream has dropped what a scan was about to read: it begins again, with a view of now. */
export class DroppedMeanwhile extends Error {}

type Source = Pick<Stream, 'fetch' | 'next' | 'info'>;

/**
 * Scans what the stream holds and the last publications that outlived it. A gap of every channel stands for what is
 * missing in the stream although it was not dropped, and for what nobody can read: at the highest offset that it may
 * have had, as for those who follow.
 * @throws DroppedMeanwhile, and what the stream throws
 */
export async function scanStream(source: Source, view: View, scan: Scan): Promise<Scanned> {
  const { arrivals, droppedUpTo } = view;
  // All of one moment: nothing is waited for before what is kept and what was dropped is known.
  const kept = arrivals.lasts.between(scan.after, Math.min(scan.upTo, droppedUpTo));
  const { answers, searched } = arrivals.noted.dropped(scan.dropped, droppedUpTo, (channel, offset) =>
    arrivals.lasts.isLast(channel, offset),
  );
  const answer = new Answer(scan);
  const walk = new Walk(source, view, scan, answer);
  if (scan.order === 'forwards') {
    walk.kept(kept);
    if (!answer.isFull) await walk.forwards();
  } else {
    await walk.backwards();
    if (!answer.isFull) walk.kept(kept.reverse());
  }
  const { entries, reached, scanned } = answer;
  return { entries, reached, scanned, dropped: answers, searched };
}

/** Where something missing ends. */
interface Edge {
  /** Its last sequence. */
  readonly end: number;
  /** Of what stands behind it. */
  readonly time: number;
}

class Walk {
  readonly #source: Source;
  readonly #view: View;
  readonly #scan: Scan;
  readonly #answer: Answer;
  readonly #from: number;
  readonly #to: number;

  constructor(source: Source, view: View, scan: Scan, answer: Answer) {
    this.#source = source;
    this.#view = view;
    this.#scan = scan;
    this.#answer = answer;
    this.#from = Math.max(sequenceOf(scan.after + 1), view.first);
    this.#to = Math.min(sequenceOf(scan.upTo), view.last);
  }

  kept(entries: readonly StoredEntry[]): void {
    for (const entry of entries) if (!this.#visit(entry.offset, entry.channel, () => entry)) return;
  }

  async forwards(): Promise<void> {
    const bytes = Math.min(Math.max(this.#scan.bytes, FETCH_BYTES), FETCH_BYTES_MOST);
    let next = this.#from;
    while (next <= this.#to) {
      const messages = await this.#fetch(next, this.#to, bytes);
      for (const message of messages) {
        const { sequence } = message;
        if (sequence > next && !this.#lose(next, sequence - 1, this.#edgeAt(message))) return;
        if (!this.#take(message)) return;
        next = sequence + 1;
      }
      if (messages.length > 0) continue;
      this.#lose(next, this.#to, await this.#edgeBehind(this.#to));
      return;
    }
  }

  async backwards(): Promise<void> {
    let count = BACK_MESSAGES;
    // Undefined where nothing was read that comes behind.
    let edge: Edge | undefined;
    for (let to = this.#to; to >= this.#from; ) {
      const from = Math.max(to - count + 1, this.#from);
      const messages = await this.#fetchAll(from, to);
      for (const message of messages.reverse()) {
        const { sequence } = message;
        if (sequence < to && !this.#lose(sequence + 1, to, edge ?? (await this.#edgeBehind(to)))) return;
        if (!this.#take(message)) return;
        [edge, to] = [this.#edgeAt(message), sequence - 1];
      }
      if (to >= from) {
        if (!this.#lose(from, to, edge ?? (await this.#edgeBehind(to)))) return;
        // Much may be missing below, too: it is not gone through piece by piece.
        to = await newestHeld(this.#source, { first: this.#from, last: from - 1 });
        await this.#stillHeld(this.#from);
      }
      count = Math.min(count * 2, BACK_MESSAGES_MOST);
    }
  }

  /** All that is held of a range. */
  async #fetchAll(begin: number, to: number): Promise<Message[]> {
    const all: Message[] = [];
    for (let from = begin; from <= to; ) {
      const messages = await this.#fetch(from, to, FETCH_BYTES);
      all.push(...messages);
      from = (messages.at(-1)?.sequence ?? to) + 1;
    }
    return all;
  }

  #fetch(from: number, to: number, bytes: number): Promise<readonly Message[]> {
    return fetchHeld(this.#source, { from, to, bytes }, (sequence) => this.#stillHeld(sequence));
  }

  /** A stream drops its oldest messages first: what is missing from a sequence on was not dropped, or this throws. */
  async #stillHeld(sequence: number): Promise<void> {
    if ((await this.#source.info()).first > sequence) throw new DroppedMeanwhile();
  }

  /** Answers false where the answer is full. */
  #take(message: Message): boolean {
    const { arrivals } = this.#view;
    const { sequence } = message;
    const pack = readPack(message)?.pack;
    if (!pack) {
      if (!isOfPacks(message.subject) || !arrivals.twice.counts(sequence, 0)) return true;
      return this.#lose(sequence, sequence, { end: sequence, time: this.#timeOf(message) }, 'damaged');
    }
    const records = pack.records ?? 0;
    const time = this.#timeOf(message);
    const isForwards = this.#scan.order === 'forwards';
    for (let n = 0; n < records; n++) {
      const index = isForwards ? n : records - 1 - n;
      const record = pack.record(index);
      if (!arrivals.counts(sequence, index, record.fence)) continue;
      const { channels, payload } = record;
      const first = pack.offsetOf(index);
      for (let m = 0; m < channels.length; m++) {
        const i = isForwards ? m : channels.length - 1 - m;
        const channel = channels[i] as string;
        const at = { offset: first + i, time, channel };
        if (!this.#visit(at.offset, channel, () => storedOf(record, payload, at))) return false;
      }
    }
    return true;
  }

  /** Answers false where the answer is full. */
  #lose(from: number, to: number, { end, time }: Edge, why: 'missing' | 'damaged' = 'missing'): boolean {
    this.#view.damages.found(from, end, why);
    // A scan that ends within what is missing has its part of it.
    const offset = Math.min(lossAt(to), this.#scan.upTo);
    return this.#visit(offset, EVERY_CHANNEL, () => ({
      kind: 'gap',
      offset,
      time,
      channel: EVERY_CHANNEL,
      republish: false,
      payload: NOTHING,
      stands: null,
      user: ZEROMQ_USER,
    }));
  }

  #visit(offset: number, channel: string, entryOf: () => StoredEntry): boolean {
    const { after, upTo, filter, isDue } = this.#scan;
    if (offset <= after || offset > upTo) return true;
    if (!this.#answer.admits(offset)) return false;
    if (!matches(filter, channel) || (isDue && !isDue(channel))) {
      this.#answer.pass();
      return true;
    }
    return this.#answer.take(entryOf());
  }

  #timeOf({ sequence, time }: Message): number {
    return this.#view.arrivals.stamps.of(sequence, time);
  }

  #edgeAt(message: Message): Edge {
    return { end: message.sequence - 1, time: this.#timeOf(message) };
  }

  /** Where something ends that is missing beyond the range as well, perhaps. */
  async #edgeBehind(sequence: number): Promise<Edge> {
    const message = await this.#source.next(sequence + 1);
    if (message) return this.#edgeAt(message);
    return { end: this.#view.last, time: this.#view.arrivals.stamps.latest(0) };
  }
}
