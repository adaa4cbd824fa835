import type { Position } from '@zerospan/client';
import type { Api, Query } from '../../../data/api.ts';
import { Problem } from '../../../data/api.ts';
import { positionOf } from '../../../data/format.ts';
import { type Line, type Missing, type PastPage, readPast } from '../../../data/history.ts';

/** How often the newest are asked for, in ms, and how many of them. */
const EVERY_MS = 250;
const PAGE = 50;
/** After this number of pages in turn that left nothing out, it follows again: below 200 a second, for a second. */
const WHOLE_PAGES = 4;

export interface SamplerEvents {
  /** @param missing what lies between the page before and these, the oldest first; how much is an estimate */
  page(lines: readonly Line[], missing: Missing | undefined): void;
  /** Nothing is left out any more. It has ended. @param position up to which everything was given */
  whole(position: Position): void;
  /** The server does not let it read. It has ended. */
  refused(error: Problem): void;
}

/**
 * The newest of a bus on which more comes than anyone reads: some of them, a few times a second. To ask costs the
 * server and the page the same however much comes, and nothing at all while the page is hidden.
 */
export class Sampler {
  readonly #api: Api;
  readonly #query: Query;
  readonly #events: SamplerEvents;
  readonly #stop = new AbortController();
  #seen: Position;
  #whole = 0;

  /** @param query which channels. @param seen what lies above it has not been given */
  constructor(api: Api, query: Query, seen: Position, events: SamplerEvents) {
    this.#api = api;
    this.#query = { ...query, before: '', order: 'backwards', limit: PAGE };
    this.#seen = seen;
    this.#events = events;
    void this.#run();
  }

  close(): void {
    this.#stop.abort();
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    for (;;) {
      await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
      if (signal.aborted) return;
      if (document.hidden) continue;
      try {
        const page = await readPast(this.#api, this.#query, signal);
        if (!signal.aborted) this.#take(page);
      } catch (error) {
        const isRefused = error instanceof Problem && (error.status === 401 || error.status === 403);
        // What else fails may be well again the next time: that the server is gone, the connection says.
        if (!isRefused || signal.aborted) continue;
        this.close();
        this.#events.refused(error);
      }
    }
  }

  #take({ lines, hasNext, position }: PastPage): void {
    const head = positionOf(position ?? '');
    if (head === undefined) return;
    const isOfSameLog = head.epoch === this.#seen.epoch;
    const fresh = lines.filter((line) => !isOfSameLog || offsetOf(line) > this.#seen.offset);
    const isWhole = isOfSameLog && (fresh.length < lines.length || !hasNext);
    const missing = isWhole ? undefined : this.#missing(fresh, isOfSameLog);
    this.#seen = head;
    this.#whole = isWhole ? this.#whole + 1 : 0;
    if (fresh.length > 0 || missing) this.#events.page(fresh.toReversed(), missing);
    if (this.#whole < WHOLE_PAGES) return;
    this.close();
    this.#events.whole(head);
  }

  /** As much of what was skipped is taken for ours as of what was read. */
  #missing(fresh: readonly Line[], isOfSameLog: boolean): Missing | undefined {
    const { epoch, offset } = this.#seen;
    if (!isOfSameLog) return { reason: 'restart', epoch, from: offset + 1, to: null, missed: null };
    const [newest, oldest] = [fresh[0], fresh.at(-1)];
    if (newest === undefined || oldest === undefined) return undefined;
    const to = offsetOf(oldest) - 1;
    if (to <= offset) return undefined;
    const share = fresh.length / (offsetOf(newest) - to);
    return { reason: 'sample', epoch, from: offset + 1, to, missed: Math.round((to - offset) * share) };
  }
}

function offsetOf(line: Line): number {
  return 'publication' in line ? line.publication.offset : (line.gap.to ?? 0);
}
