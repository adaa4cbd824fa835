import type { FilterSet } from '@zerospan/shared';
import type { Fanout } from '../fanout/fanout.ts';
import type { Chunk, Log, Read, Want } from '../log/log.ts';
import type { Outlet } from './outlet.ts';
import type { Portion, Portions } from './portions.ts';

/** What a session reads from. */
export interface Sources {
  readonly log: Log;
  readonly fanout: Fanout;
  readonly portions: Portions;
}

/**
 * How a session asks the log. An answer is used in the very turn in which it comes, and only if it still fits: the
 * filters are those that it was asked for, and there is room to write what came.
 */
export class Reader {
  readonly #bus: Sources;
  readonly #outlet: Outlet;
  #version = 0;

  constructor(bus: Sources, outlet: Outlet) {
    this.#bus = bus;
    this.#outlet = outlet;
  }

  /** The filters have changed, or the session is over: what was asked before is not used any more. */
  changed(): void {
    this.#version++;
  }

  /** Uses an answer if, when it comes, it still fits. Answers it in any case. */
  async ask<T>(question: Promise<T>, use: (answer: T) => void): Promise<T> {
    const version = this.#version;
    const answer = await question;
    if (version === this.#version && this.#outlet.hasRoom) use(answer);
    return answer;
  }

  /**
   * Takes what all sessions with these filters read from here alike. Answers false, and has used nothing, if this one
   * must read by itself.
   */
  async share(filters: FilterSet, after: number, use: (portion: Portion) => void): Promise<boolean> {
    const found = this.#bus.portions.above(filters, after);
    const version = this.#version;
    // What comes at once is used at once.
    const portion = found instanceof Promise ? await found : found;
    // Asked again, with the filters that it has then.
    if (version !== this.#version || !this.#outlet.hasRoom) return true;
    if (portion === undefined) return false;
    use(portion);
    return true;
  }

  /**
   * Asks the tail if it reaches back far enough, else the log. What the log has above fan-out's head will still come by
   * fan-out, so it is left. Answers how much of the log was looked at, whether the answer was used or not.
   */
  async read<W extends Want>(read: Read<W>, use: (chunk: Chunk<W>) => void): Promise<number> {
    const { fanout, log } = this.#bus;
    // The tail keeps no age: what the log has let go of is not given from there either.
    const held = read.after >= log.oldest - 1;
    if (!read.last && held && fanout.tail.covers(read.after)) {
      const chunk = fanout.tail.read(read);
      use(chunk);
      return chunk.scanned;
    }
    const { scanned, searched } = await this.ask(log.read(read), (chunk) => {
      const { head } = fanout;
      use(chunk.upTo <= head ? chunk : upTo(head, chunk));
    });
    return scanned + searched;
  }
}

/**
 * What of an answer lies up to the head. Publications in a row that were left out are told whole, so it may end before
 * some.
 */
function upTo<W extends Want>(head: number, { entries, skips, ...chunk }: Chunk<W>): Chunk<W> {
  const across = skips.filter(({ from, to }) => from <= head && to > head);
  const end = across.reduce((least, { from }) => Math.min(least, from - 1), head);
  const below = entries.filter((entry) => entry.offset <= end);
  return { ...chunk, upTo: end, entries: below, skips: skips.filter(({ to }) => to <= end) };
}
