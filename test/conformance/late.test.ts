import { Bus } from '@zerospan/client';
import { afterAll, beforeAll, describe, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import type { RunningServer } from '../../server/src/compose.ts';
import { openServer } from '../support/server.ts';
import { cases } from './cases.ts';

vi.mock('../../server/src/logs/memory/index.ts', async (importOriginal) => {
  const original = await importOriginal<typeof import('../../server/src/logs/memory/index.ts')>();
  const { LateLog } = await import('../support/late-log.ts');
  const { Random } = await import('../support/random.ts');
  /** Completes appends and reads a little later, a few at a time, in a random order. */
  class LateMemoryLog extends LateLog {
    readonly #memory: InstanceType<typeof original.MemoryLog>;

    constructor(options: ConstructorParameters<typeof original.MemoryLog>[0]) {
      const memory = new original.MemoryLog(options);
      super(memory);
      this.#memory = memory;
      const random = new Random(1);
      const moves = (): void => {
        for (let left = 1 + Math.floor(random.next() * 20); left > 0; left--) this.move(() => random.next());
      };
      setInterval(moves, 1).unref();
    }

    expire(): void {
      this.#memory.expire();
    }

    close(): Promise<void> {
      return this.#memory.close();
    }
  }
  return { ...original, MemoryLog: LateMemoryLog };
});

describe('the protocol over a log that is late, from Node', () => {
  let server: RunningServer | undefined;

  beforeAll(async () => {
    server = await openServer();
  });
  afterAll(() => server?.stop());

  for (const each of cases)
    it(each.title, () => each.run({ url: (server as RunningServer).ws, Bus, WebSocket }));
});
