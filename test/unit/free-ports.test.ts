import { expect, it } from 'vitest';
import { freePort } from '../support/zeromq.ts';

it('ports that tests ask for at once are different ones, and none that a connection may have', async () => {
  const ports = await Promise.all(Array.from({ length: 20 }, freePort));
  expect(new Set(ports).size).toBe(ports.length);
  for (const port of ports) expect(port).toBeLessThan(32_768);
});
