import { LIMITS, TIMES } from '@zerospan/shared';
import { describe, expect, it } from 'vitest';
import { FakeServer, settle } from '../../support/client-socket.ts';

interface Ack {
  readonly offset: number;
  readonly bytes: number;
}

function acksOf(server: FakeServer): Ack[] {
  return server.socket.sent
    .filter((frame) => frame.startsWith('{"ack"'))
    .map((frame) => (JSON.parse(frame) as { ack: Ack }).ack);
}

/** A server and a bus, welcomed, with live subscriptions 1, 2, … to these channels. */
function subscribed(...channels: string[]) {
  const server = new FakeServer();
  const bus = server.bus();
  const subscribers = channels.map((channel) => bus.subscribe(channel));
  server.welcomes();
  for (const [i] of channels.entries())
    server.socket.says({ subscribed: { id: i + 1, offset: 0, replaying: false } });
  return { server, bus, subscribers };
}

const frame = (offset: number, channel: string, chars: number) =>
  `${offset} 1 ${channel} "${'x'.repeat(chars - `${offset} 1 ${channel} ""`.length)}"`;

describe('acks', () => {
  it('are announced in hello (A1)', () => {
    const { server } = subscribed('a');
    expect(server.socket.sent[0]).toContain('"acks":true');
  });

  it('come once 250 ms after something was handed over, with every byte counted in UTF-8 (A1)', () => {
    const { server, subscribers } = subscribed('a');
    subscribers[0]?.on('publication', () => {});
    return settle().then(() => {
      server.socket.frame('1 1 a "é"');
      server.socket.frame('2 1 other 1');
      expect(acksOf(server)).toEqual([]);
      server.clock.advance(TIMES.ackMs);
      expect(acksOf(server)).toEqual([{ offset: 2, bytes: 10 + 11 }]);
      server.clock.advance(TIMES.ackMs * 10);
      expect(acksOf(server)).toHaveLength(1);
    });
  });

  it('come at each quarter of the window, without waiting (A1)', async () => {
    const { server, subscribers } = subscribed('a');
    subscribers[0]?.on('publication', () => {});
    await settle();
    const size = LIMITS.windowBytes / 16;
    for (let i = 1; i <= 8; i++) server.socket.frame(frame(i, 'a', size));
    expect(acksOf(server)).toEqual([
      { offset: 4, bytes: 4 * size },
      { offset: 8, bytes: 8 * size },
    ]);
  });

  it('do not count what waits in a queue, but what was read from it or dropped with a gap (A2)', async () => {
    const { server, subscribers } = subscribed('a', 'b');
    for (let i = 1; i <= 3; i++) server.socket.frame(frame(i, 'a', 100));
    server.socket.frame(frame(4, 'b', 100));
    server.clock.advance(TIMES.ackMs);
    expect(acksOf(server)).toEqual([]);
    subscribers[1]?.get();
    server.clock.advance(TIMES.ackMs);
    expect(acksOf(server).at(-1)).toEqual({ offset: 0, bytes: 100 });
    subscribers[0]?.get();
    server.clock.advance(TIMES.ackMs);
    expect(acksOf(server).at(-1)).toEqual({ offset: 1, bytes: 200 });
    for (let i = 5; i <= 1_006; i++) server.socket.frame(frame(i, 'a', 100));
    server.clock.advance(TIMES.ackMs);
    expect(acksOf(server).at(-1)).toEqual({ offset: 6, bytes: 200 + 400 });
  });

  it('count what a closed subscriber still holds, and no bytes of an earlier connection (A1, A2)', async () => {
    const { server, bus, subscribers } = subscribed('a');
    server.socket.frame(frame(1, 'a', 100));
    await Promise.race([subscribers[0]?.close(), settle()]);
    server.clock.advance(TIMES.ackMs);
    expect(acksOf(server)).toEqual([{ offset: 1, bytes: 100 }]);
    const again = bus.subscribe('a');
    server.socket.says({ subscribed: { id: 2, offset: 1, replaying: false } });
    server.socket.frame(frame(2, 'a', 100));
    server.socket.drops();
    server.returns();
    server.welcomes({ resumed: true, from: 2 });
    again.get();
    server.clock.advance(TIMES.ackMs);
    expect(acksOf(server)).toEqual([
      { offset: 1, bytes: 0 },
      { offset: 2, bytes: 0 },
    ]);
  });

  it('say nothing of what a connection to another log brought, though it is read only now (A1)', async () => {
    const { server, subscribers } = subscribed('a');
    const [subscriber] = subscribers;
    for (let offset = 1; offset <= 3; offset++) server.socket.frame(frame(offset, 'a', 100));
    server.socket.drops();
    server.returns();
    server.welcomes({ epoch: 'e2' });
    server.socket.says({ subscribed: { id: 1, offset: 0, replaying: false } });
    const before = acksOf(server);
    for (let offset = 1; offset <= 3; offset++)
      expect(subscriber?.get({ block: false })?.offset).toBe(offset);
    server.clock.advance(TIMES.ackMs);
    expect(acksOf(server)).toEqual(before);
  });
});
