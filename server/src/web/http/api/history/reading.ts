import { setImmediate } from 'node:timers/promises';
import type { GapBody } from '@zerospan/shared';
import type { Requester } from '../../../../core/access/requester.ts';
import type { History, Page, PageQuestion } from '../../../../core/log/history.ts';
import type { LogReads } from '../../../../core/session/behind/log-reads.ts';
import type { Replays } from '../../../../core/session/replays.ts';
import { CurrentSpeech, gapText, lines } from '../events/dialect.ts';
import { RejectedRequest } from '../problems.ts';

/** What one read of the log may take before others have a turn: as a step of catching up. */
const SLICE = { scan: 2_000, bytes: 64 * 1024 } as const;

/** What one answer may take: it is put together before its first byte leaves. A page that is cut has a next one. */
const ANSWER = { scan: 100_000, bytes: 1024 * 1024 } as const;

/** What reading history uses of the bus. */
export interface ReadingBus {
  readonly log: { readonly epoch: string };
  readonly reads: LogReads;
  readonly replays: Pick<Replays, 'roomFor' | 'charge'>;
}

/** What to read: see `PageQuestion`. */
export type Span = Pick<PageQuestion, 'filter' | 'order' | 'after' | 'upTo' | 'limit'>;

export interface ReadPage {
  /** One line for each publication and gap. */
  readonly body: Buffer;
  /** See `Page.reached`. */
  readonly reached: number;
  readonly isEnd: boolean;
}

/** Reads pages of history: in slices, within the pace of replays, and within the bounds of reads at a time. */
export class HistoryReading {
  readonly #history: History;
  readonly #bus: ReadingBus;
  readonly #speech = new CurrentSpeech(lines);

  constructor(history: History, bus: ReadingBus) {
    this.#history = history;
    this.#bus = bus;
  }

  /** @throws RejectedRequest `too-many-reads`; what the log rejects with */
  offsetBeforeTime(timeMs: number, { user }: Requester): Promise<number> {
    return this.#ask(user, () => this.#history.offsetBeforeTime(timeMs));
  }

  /**
   * @param isOver whether nobody waits for it any more
   * @throws RejectedRequest `too-many-reads`; what the log rejects with
   */
  async page(span: Span, { user, rateKey }: Requester, isOver: () => boolean): Promise<ReadPage> {
    const { replays, log } = this.#bus;
    const { encoding } = this.#speech.of(log.epoch);
    const { order, limit } = span;
    const body: Buffer[] = [];
    let { after, upTo } = span;
    let [count, bytes, scanned, reportedUpTo] = [0, 0, 0, 0];
    for (;;) {
      const room = Math.floor(replays.roomFor(rateKey));
      const reached = order === 'forwards' ? after : upTo;
      // What is left is read by the next request, in its time.
      if (room < 1 && scanned > 0) return { body: Buffer.concat(body), reached, isEnd: false };
      if (room < 1) throw new RejectedRequest('too-many-reads');
      const page: Page = await this.#ask(user, () =>
        this.#history.page({
          ...span,
          after,
          upTo,
          limit: limit - count,
          scan: Math.min(SLICE.scan, room),
          bytes: Math.min(SLICE.bytes, ANSWER.bytes - bytes),
          reportedUpTo,
        }),
      );
      replays.charge(rateKey, page.scanned);
      scanned += Math.max(page.scanned, 1);
      if (page.loss) body.push(this.#lineOf(page.loss, Math.max(after, reportedUpTo)));
      reportedUpTo = Math.max(reportedUpTo, page.loss?.to ?? 0);
      if (page.entries.length > 0) body.push(encoding.encode(page.entries));
      for (const { textBytes } of page.entries) bytes += textBytes;
      count += page.entries.length;
      if (order === 'forwards') after = page.reached;
      else upTo = page.reached;
      const isFull = count >= limit || bytes >= ANSWER.bytes || scanned >= ANSWER.scan;
      if (page.isEnd || isFull || isOver())
        return { body: Buffer.concat(body), reached: page.reached, isEnd: page.isEnd };
      await setImmediate();
    }
  }

  #lineOf({ to, missed }: NonNullable<Page['loss']>, above: number): Buffer {
    const { epoch } = this.#bus.log;
    const gap: GapBody = { subscriptions: [1], reason: 'retention', epoch, from: above + 1, to, missed };
    return Buffer.from(`${gapText(gap)}\n`);
  }

  #ask<T>(user: string, question: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const asked = this.#bus.reads.ask(user, question, resolve);
      if (asked === 'no-slot') reject(new RejectedRequest('too-many-reads'));
      else asked?.catch(reject);
    });
  }
}
