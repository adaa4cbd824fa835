import { expect, it } from 'vitest';
import { testBus } from '../support/buses.ts';
import { sendLies } from '../support/lying-requests.ts';
import { Random } from '../support/random.ts';
import { testServer } from '../support/server.ts';

// test/long sends a hundred thousand.
it('appends nothing of requests that lie about length or encoding, or are cut', async () => {
  const server = await testServer();
  const statuses = await sendLies(server.url, new Random(1), 1_000);
  // A stream of puts answers 200 before it knows its end.
  for (const status of statuses.keys()) expect(status).toMatch(/^(?:4\d\d|200|none)$/);
  expect(statuses.get('400')).toBeGreaterThan(100);
  expect(statuses.get('415')).toBeGreaterThan(10);
  expect((await testBus(server.ws).put('a', 1)).channels[0]?.offset).toBe(1);
});
