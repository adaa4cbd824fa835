import type { FilterSet } from '@zerospan/shared';
import type { Fanout } from '../../fanout/fanout.ts';
import type { Chunk, Interest, Log, Read } from '../../log/log.ts';
import type { SessionWriter } from '../session-writer.ts';
import type { Catching, CatchUp } from './catchup.ts';
import type { Asked, LogReads } from './log-reads.ts';
import type { SharedRead, SharedReads } from './shared-reads.ts';

/** What a session reads from. */
export interface Sources {
  readonly log: Log;
  readonly fanout: Fanout;
  readonly sharedReads: SharedReads;
  readonly reads: LogReads;
  readonly catchUp: Pick<CatchUp, 'add'>;
}

/**
 * How a session asks the log. An answer is used in the very turn in which it comes, and only if it still fits: the
 * filters are those that it was asked for, and there is room to write what came.
 */
export class Reader {
  readonly #bus: Sources;
  readonly #writer: SessionWriter;
  readonly #who: Catching;
  #version = 0;
  #waitsForFanout = false;

  /** @param who is called again where it has waited for a read of somebody else, or for fan-out */
  constructor(bus: Sources, writer: SessionWriter, who: Catching) {
    this.#bus = bus;
    this.#writer = writer;
    this.#who = who;
  }

  /** Whether it makes sense to read: what comes can be written, and fan-out has taken what the last read waits for. */
  get isReady(): boolean {
    return this.#writer.hasRoom && !this.#waitsForFanout;
  }

  /** The filters have changed, or the session is over: what was asked before is not used any more. */
  changed(): void {
    this.#version++;
  }

  /** Uses an answer if, when it comes, it still fits. @param came called with it in any case, before that */
  ask<T>(
    question: (log: Log) => T | Promise<T>,
    use: (answer: T) => void,
    came?: (answer: T) => void,
  ): Asked {
    const version = this.#version;
    const { reads, fanout } = this.#bus;
    return reads.ask(this.#who.user, question, (answer) => {
      // It may report as lost what still waits for fan-out, and would be written after that.
      fanout.catchUpWithLog();
      came?.(answer);
      if (version === this.#version && this.#writer.hasRoom) use(answer);
    });
  }

  /**
   * Takes what all sessions with these filters read from here alike.
   * @returns `alone` if this one must read by itself, `waits` if it is called when somebody else's read is answered;
   * nothing is used then
   */
  share(filters: FilterSet, after: number, use: (shared: SharedRead) => void): Asked | 'alone' | 'waits' {
    const version = this.#version;
    return this.#bus.sharedReads.above(this.#writer.encoding, filters, after, {
      who: this.#who,
      isFit: () => version === this.#version,
      use: (shared) => {
        // Else it asks again, with the filters that it has then.
        if (version === this.#version && this.#writer.hasRoom) use(shared);
      },
    });
  }

  /**
   * Asks the tail if it reaches back far enough, else the log. What the log has above fan-out's head will still come by
   * fan-out, so it is left. An answer that begins with a skip across that head is of no use before fan-out has come as
   * far: read again at once, it would be the same, over and over until fan-out has its turn.
   * @param came called with how much of the log was scanned, whether the answer is used or not
   */
  read<W extends Interest>(
    read: Read<W>,
    use: (chunk: Chunk<W>) => void,
    came?: (scanned: number) => void,
  ): Asked {
    const { fanout, log } = this.#bus;
    // The tail keeps no age: what the log has let go of is not given from there either.
    const held = read.after >= log.droppedUpTo;
    if (!read.last && held && fanout.tail.covers(read.after)) {
      const chunk = fanout.tail.read(read);
      came?.(chunk.scanned);
      use(chunk);
      return undefined;
    }
    return this.ask(
      () => log.read(read),
      (chunk) => {
        const { head } = fanout;
        const part = chunk.upTo <= head ? chunk : upTo(head, chunk);
        if (part === chunk || part.upTo === head || part.upTo > read.after) use(part);
        else this.#waitFor(chunk.upTo);
      },
      came && (({ scanned, searched }) => came(scanned + searched)),
    );
  }

  #waitFor(offset: number): void {
    this.#waitsForFanout = true;
    this.#bus.fanout.whenAt(offset, () => {
      this.#waitsForFanout = false;
      this.#bus.catchUp.add(this.#who);
    });
  }
}

/**
 * The part of an answer up to the head. A skip of several publications is reported whole, so the part may end before
 * one.
 */
function upTo<W extends Interest>(head: number, { entries, skips, ...chunk }: Chunk<W>): Chunk<W> {
  const across = skips.filter(({ from, to }) => from <= head && to > head);
  const end = across.reduce((least, { from }) => Math.min(least, from - 1), head);
  const below = entries.filter((entry) => entry.offset <= end);
  return { ...chunk, upTo: end, entries: below, skips: skips.filter(({ to }) => to <= end) };
}
