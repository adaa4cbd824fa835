import { type ServerMessage, utf8Bytes } from '@zerospan/shared';
import { expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { Kept, range, state, testBus } from '../support/buses.ts';
import { TcpProxy } from '../support/proxy.ts';
import { testServer } from '../support/server.ts';
import { until } from '../support/until.ts';

const RECONNECTS = 10;

/** A WebSocket class that keeps the frames of each of its sockets. */
function tapped() {
  const connections: string[][] = [];
  const Socket = class extends WebSocket {
    constructor(url: string, protocol: string) {
      super(url, protocol, { perMessageDeflate: false });
      const frames: string[] = [];
      connections.push(frames);
      this.on('message', (data: Buffer) => frames.push(data.toString()));
    }
  };
  return { connections, Socket };
}

/** What frames are, publications by their channel. */
function kinds(frames: readonly string[]): string[] {
  return frames.map((frame) =>
    frame.startsWith('{')
      ? (Object.keys(JSON.parse(frame) as ServerMessage)[0] as string)
      : (frame.split(' ', 3)[2] as string),
  );
}

it('a client on quiet channels that is cut ten times, while others are busy, is sent nothing but welcomes, and a beat that says where it is (B1, C4, C6)', async () => {
  const server = await testServer();
  const proxy = await TcpProxy.before(server.ws);
  const putter = testBus(server.ws);
  const { connections, Socket } = tapped();
  const bus = testBus(proxy.url, { WebSocket: Socket });
  const exact = bus.subscribe('quiet');
  const kept = new Kept(exact);
  await exact.ready;
  const prefixed = bus.subscribe({ prefix: 'calm.' });
  const calm = new Kept(prefixed);
  await prefixed.ready;
  for (const channel of ['quiet', 'calm.1']) await putter.put(channel, 'first');
  await Promise.all([kept.got('first'), calm.got('first')]);

  for (const cut of range(1, RECONNECTS)) {
    await Promise.all(range(1, 100).map((i) => putter.put('other', i)));
    proxy.drop();
    await until('it to come back', () => proxy.accepted === cut + 1);
    await state(bus, 'live');
    // Nothing is due any more when nobody is behind.
    await until('the server to have caught up', async () =>
      /standing="behind"\} 0$/m.test(await (await fetch(new URL('metrics', server.url))).text()),
    );
  }
  for (const channel of ['quiet', 'calm.1']) await putter.put(channel, 'last');
  await Promise.all([kept.got('last'), calm.got('last')]);

  const idle = ['welcome', 'subscribed', 'subscribed', 'beat'];
  const again = connections.slice(1).map(kinds);
  expect(again).toEqual([
    ...Array.from({ length: RECONNECTS - 1 }, () => idle),
    [...idle, 'quiet', 'calm.1'],
  ]);
  const bytes = connections
    .slice(1)
    .flat()
    .reduce((sum, frame) => sum + utf8Bytes(frame), 0);
  expect(bytes).toBeLessThan(1_000 * (RECONNECTS + 1));
  const froms = connections.slice(1).map(([first = '']) => /"from":(\d+)/.exec(first)?.[1]);
  expect(froms.map(Number)).toEqual(froms.map(Number).toSorted((a, b) => a - b));
  for (const each of [kept, calm]) expect([each.messages, each.gaps]).toEqual([['first', 'last'], []]);
});
