import { matches } from '../../../core/log/matching.ts';
import type { Scan, Scanned, StoredEntry } from '../../../core/log/store.ts';
import { Answer } from '../../packs/answer.ts';
import { storedOf } from '../../packs/verified-pack.ts';
import type { Arrivals } from '../following/arrivals.ts';
import { readPack } from '../pack-message.ts';
import { sequenceOf } from '../places.ts';
import type { Message, Stream } from '../stream.ts';

/** Bytes that are asked for at a time, at least: a question costs as much as thousands of entries. */
const FETCH_BYTES = 256 * 1024;
/** And at most: they are in memory together. */
const FETCH_BYTES_MOST = 4 * 1024 * 1024;

/** Messages of one question backwards, at first: how much they have is known only when they are there. */
const BACK_MESSAGES = 16;
const BACK_MESSAGES_MOST = 512;

/** What is read, as it is at one moment. */
export interface View {
  readonly arrivals: Arrivals;
  readonly droppedUpTo: number;
  /** Sequence of the oldest message that the stream held. */
  readonly first: number;
  /** Sequence of the newest message that has come. */
  readonly last: number;
}

/** The stream has dropped what a scan was about to read: it begins again, with a view of now. */
export class DroppedMeanwhile extends Error {}

type Source = Pick<Stream, 'fetch' | 'next'>;

/**
 * Scans what the stream holds and the last publications that outlived it.
 * @param isTolerant whether it goes on behind messages that are missing although the stream has not dropped them
 * @throws DroppedMeanwhile, and what the stream throws
 */
export async function scanStream(
  source: Source,
  view: View,
  scan: Scan,
  isTolerant: boolean,
): Promise<Scanned> {
  const { arrivals, droppedUpTo } = view;
  // All of one moment: nothing is waited for before what is kept and what was dropped is known.
  const kept = arrivals.lasts.between(scan.after, Math.min(scan.upTo, droppedUpTo));
  const { answers, searched } = arrivals.noted.dropped(scan.dropped, droppedUpTo, (channel, offset) =>
    arrivals.lasts.isLast(channel, offset),
  );
  const answer = new Answer(scan);
  const walk = new Walk({ source, isTolerant }, view, scan, answer);
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

interface Reading {
  readonly source: Source;
  readonly isTolerant: boolean;
}

class Walk {
  readonly #reading: Reading;
  readonly #view: View;
  readonly #scan: Scan;
  readonly #answer: Answer;
  readonly #from: number;
  readonly #to: number;

  constructor(reading: Reading, view: View, scan: Scan, answer: Answer) {
    this.#reading = reading;
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
    for (let from = this.#from; from <= this.#to; ) {
      const messages = await this.#fetch(from, this.#to, bytes);
      for (const message of messages) if (!this.#pack(message)) return;
      from = (messages.at(-1)?.sequence ?? this.#to) + 1;
    }
  }

  async backwards(): Promise<void> {
    let count = BACK_MESSAGES;
    for (let to = this.#to; to >= this.#from; ) {
      const from = Math.max(to - count + 1, this.#from);
      const messages = await this.#fetchAll(from, to);
      for (const message of messages.reverse()) if (!this.#pack(message)) return;
      to = from - 1;
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

  async #fetch(from: number, to: number, bytes: number): Promise<readonly Message[]> {
    const { source, isTolerant } = this.#reading;
    const messages = await source.fetch({ from, to, bytes });
    if (messages[0]?.sequence === from) return messages;
    // A stream drops its oldest messages first, and lets nobody delete others.
    if (!isTolerant) throw new DroppedMeanwhile();
    // The server that was asked may lag behind: the one that decides is asked for the next message.
    const next = await source.next(from);
    return next && next.sequence <= to ? [next] : [];
  }

  /** Answers false where the answer is full. */
  #pack(message: Message): boolean {
    const { twice, stamps } = this.#view.arrivals;
    const pack = readPack(message)?.pack;
    const records = pack?.records ?? 0;
    if (!pack) return true;
    const time = stamps.of(message.sequence, message.time);
    const isForwards = this.#scan.order === 'forwards';
    for (let n = 0; n < records; n++) {
      const index = isForwards ? n : records - 1 - n;
      if (!twice.counts(message.sequence, index)) continue;
      const record = pack.record(index);
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
}
