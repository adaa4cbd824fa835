import { Bus } from '@zerospan/client';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { WebSocket } from 'ws';
import { StoredLog } from '../../server/src/core/log/stored-log.ts';
import { ArrayStore } from '../support/array-store.ts';
import { Random } from '../support/random.ts';
import { openServer } from '../support/server.ts';
import { cases } from './cases.ts';

/** Entries in an array, each answer up to 3 ms late, and a few entries of it in memory: most reads go to the store. */
describe('the protocol, over a store that is late', () => {
  const random = new Random(11);
  const later = (): Promise<void> => new Promise((resolve) => void setTimeout(resolve, random.next() * 3));
  let server: Awaited<ReturnType<typeof openServer>>;

  beforeAll(async () => {
    server = await openServer(
      {},
      {
        openLog: ({ clock, ageMs, channels, puts }) => {
          const store = new ArrayStore({ epoch: 'array', clock, later, entries: 1_000_000, lasts: 0, ageMs });
          return StoredLog.open(store, { clock, ageMs, channels, puts, bytes: 10_000 });
        },
      },
    );
  });
  afterAll(() => server.stop());

  for (const each of cases) {
    it(each.title, () => each.run({ url: server.ws, Bus, WebSocket }));
  }
});
