import { expect, it } from 'vitest';
import { tracesOf } from '../attacks/report.ts';
import { attacks } from '../attacks/run.ts';

// Most of the time the server waits out peers that say half of something. `test/long` attacks in large numbers.
it('resets at every stage of the handshake, and mutated frames, leave nothing behind', async () => {
  const done = await attacks({ resets: 10, malformed: 150, seed: 1 });
  expect(done.map((attack) => [attack.name, tracesOf(attack)])).toEqual(done.map(({ name }) => [name, []]));
  expect(done).toHaveLength(7);
});
