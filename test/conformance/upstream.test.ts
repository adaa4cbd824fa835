import { Bus } from '@zerospan/client';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { type TestSettings, testServer } from '../support/server.ts';
import { TestPublisher } from '../support/zeromq.ts';
import type { Received } from './raw.ts';
import { Scene } from './scene.ts';

const scenes: Scene[] = [];

afterEach(async () => {
  await Promise.all(scenes.splice(0).map((scene) => scene.end()));
});

/** A server, its clients, and a ZeroMQ publisher that numbers its messages. */
async function setUp(settings?: TestSettings) {
  const server = await testServer(settings);
  const from = new TestPublisher();
  onTestFinished(() => from.socket.close());
  await from.connect(server.busIngress as string);
  const scene = new Scene({ url: server.ws, Bus, WebSocket });
  scenes.push(scene);
  const send = (channel: string, ...numbers: number[]) =>
    from.send(...numbers.map((number) => [channel, String(number), String(number)]));
  return { server, scene, send };
}

/** Publications and gaps in short: `offset payload`, `offset -missed`. */
const short = (received: readonly Received[]) =>
  received.map(({ offset, payload, missed }) => `${offset} ${missed === undefined ? payload : `-${missed}`}`);

describe('what was lost before it reached the log', () => {
  it('comes at its place, once to a session, with an offset of its own (G6, S5, C1)', async () => {
    const { scene, send } = await setUp();
    const client = await scene.joined({ id: 1, channels: ['a'] }, { id: 2, prefixes: [''] });
    const other = await scene.joined({ id: 1, channels: ['b'] });
    await send('a', 1, 5);
    await send('b', 1);
    expect(short(await client.publications(4))).toEqual(['1 1', '2 -3', '3 5', '4 1']);
    expect(short([await other.publication()])).toEqual(['4 1']);
    expect(client.story).not.toContain('gap');
  });

  it('is among the entries that a replay announces, and no last publication (R4, R9)', async () => {
    const { scene, send } = await setUp();
    const before = await scene.joined({ id: 1, channels: ['a'] });
    await send('a', 1, 2, 6, 7, 9);
    await before.publications(7);
    const client = await scene.joined({ id: 1, channels: ['a'], replay: { last: 3 } });
    expect(await client.control('replay')).toEqual({ subscription: 1, count: 4 });
    expect(short(await client.announced(4))).toEqual(['4 6', '5 7', '6 -1', '7 9']);
    expect(await client.control('live')).toEqual({ subscription: 1, offset: 7 });
  });

  it('comes to who was away as well, from the position and in a replay (C6, G6)', async () => {
    const { server, scene, send } = await setUp();
    const client = await scene.joined({ id: 1, channels: ['a'] });
    await send('a', 1, 5);
    await client.publications(3);
    const { client: back } = await scene.greeted(
      [
        { id: 1, channels: ['a'], after: 1 },
        { id: 2, prefixes: [''], after: 0 },
      ],
      { epoch: server.epoch },
    );
    for (const _ of [1, 2]) await back.control('subscribed');
    expect(short(await back.publications(2))).toEqual(['2 -3', '3 5']);
    const { count } = await back.control('replay');
    expect(short(await back.announced(count)).join()).toMatch(/^1 1/);
  });

  it('is reported with the rest where the log does not hold it any more (G7)', async () => {
    const { server, scene, send } = await setUp({ log: { bytes: 1_000, lastBytes: 0 } });
    const client = await scene.joined({ id: 1, channels: ['a'] });
    await send('a', 1, 5, ...Array.from({ length: 10 }, (_, i) => 6 + i));
    await client.publications(13);
    const { client: back } = await scene.greeted([{ id: 1, channels: ['a'], after: 0 }], {
      epoch: server.epoch,
    });
    await back.control('subscribed');
    const gap = await back.control('gap');
    expect(gap).toMatchObject({ subscriptions: [1], reason: 'retention', from: 1 });
    // Publications at 1 and from 3 on, and three that the entry at 2 stood for.
    expect(gap.missed).toBe((gap.to as number) - 1 + 3);
    const held = await back.publications(13 - (gap.to as number));
    expect(held.at(0)?.offset).toBe((gap.to as number) + 1);
  });
});
