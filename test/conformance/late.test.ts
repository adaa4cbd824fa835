import { Bus } from '@zerospan/client';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { WebSocket } from 'ws';
import type { BusLog } from '../../server/src/compose/bus-log.ts';
import type { RunningServer } from '../../server/src/compose.ts';
import type { DroppedEntry, Page, PageQuestion } from '../../server/src/core/log/history.ts';
import type { LogCounts } from '../../server/src/core/log/meters.ts';
import type { Catalog } from '../../server/src/core/log/reader/catalog.ts';
import { MemoryLog, type MemoryLogOptions } from '../../server/src/logs/memory/index.ts';
import { LateLog } from '../support/late-log.ts';
import { Random } from '../support/random.ts';
import { openServer } from '../support/server.ts';
import { cases } from './cases.ts';

/** Completes appends and reads a little later, a few at a time, in a random order. */
class LateMemoryLog extends LateLog implements BusLog {
  readonly #memory: MemoryLog;

  constructor(options: MemoryLogOptions) {
    const memory = new MemoryLog(options);
    super(memory);
    this.#memory = memory;
    const random = new Random(1);
    const moves = (): void => {
      for (let left = 1 + Math.floor(random.next() * 20); left > 0; left--) this.move(() => random.next());
    };
    setInterval(moves, 1).unref();
  }

  get catalog(): Catalog {
    return this.#memory.catalog;
  }

  get counts(): LogCounts {
    return this.#memory.counts;
  }

  page(question: PageQuestion): Promise<Page> {
    return this.#memory.page(question);
  }

  offsetBeforeTime(timeMs: number): Promise<number> {
    return this.#memory.offsetBeforeTime(timeMs);
  }

  droppedAt(offset: number): DroppedEntry | undefined {
    return this.#memory.droppedAt(offset);
  }

  expire(): void {
    this.#memory.expire();
  }

  close(): Promise<void> {
    return this.#memory.close();
  }
}

describe('the protocol over a log that is late, from Node', () => {
  let server: RunningServer;

  beforeAll(async () => {
    server = await openServer({}, { openLog: async (bounds) => new LateMemoryLog(bounds) });
  });
  afterAll(() => server.stop());

  for (const each of cases) it(each.title, () => each.run({ url: server.ws, Bus, WebSocket }));
});
