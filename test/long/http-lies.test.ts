import { expect, it } from 'vitest';
import { testBus } from '../support/buses.ts';
import { sendLies } from '../support/lying-requests.ts';
import { Random } from '../support/random.ts';
import { testServer } from '../support/server.ts';

it('survives a hundred thousand requests that lie about length or encoding, or are cut', async () => {
  const server = await testServer();
  const statuses = await sendLies(server.url, new Random(2), 100_000);
  for (const status of statuses.keys()) expect(status).toMatch(/^(?:4\d\d|200|none)$/);
  expect((await testBus(server.ws).put('a', 1)).channels[0]?.offset).toBe(1);
});
