import { CLOSE } from '@zerospan/shared';
import { describe, expect, it, vi } from 'vitest';
import { Bus } from '../../../client/src/bus.ts';
import type { State } from '../../../client/src/types.ts';
import { FakeServer, outcomeOf, settle, welcome } from '../../support/client-socket.ts';

describe('connecting', () => {
  it('connects at once, with the subprotocol, and says hello when the socket is open (F1, H1)', () => {
    const server = new FakeServer();
    server.bus();
    expect(server.sockets.map(({ url, protocol }) => [url, protocol])).toEqual([
      ['ws://test/bus', 'zerospan.v1'],
    ]);
    expect(server.socket.sent).toEqual([]);
    server.socket.opens();
    expect(server.socket.hello).toMatchObject({ protocol: 'zerospan.v1', subscriptions: [] });
    expect(server.socket.hello.client).toMatch(/^[0-9a-f]{32}$/);
  });

  it('says its name in each hello, and refuses one that no server takes before it connects (H10)', () => {
    const server = new FakeServer();
    server.bus({ name: 'Lobby' });
    server.welcomes().drops();
    server.returns();
    server.socket.opens();
    expect(server.sockets.map(({ hello }) => hello.name)).toEqual(['Lobby', 'Lobby']);
    const other = new FakeServer();
    const isRefused = expect.objectContaining({
      code: 'bad-hello',
      remedy: expect.stringMatching(/1 to 64/),
    });
    for (const name of ['x'.repeat(65), 'a\nb', '\u202ea'])
      expect(() => other.bus({ name })).toThrow(isRefused);
    expect(other.sockets).toEqual([]);
    other.bus({ name: '' });
    other.socket.opens();
    expect(other.socket.hello).not.toHaveProperty('name');
  });

  it('says nothing between hello and welcome, and everything that waited after it (H1)', () => {
    const server = new FakeServer();
    const bus = server.bus();
    const early = bus.subscribe('early');
    server.socket.opens();
    void bus.put('a', 1);
    bus.subscribe('late');
    void early.close();
    expect(server.socket.sent).toHaveLength(1);
    server.socket.says(welcome());
    expect(server.socket.messages.slice(1)).toEqual([
      { unsubscribe: { id: 1 } },
      { subscribe: { id: 2, channels: ['late'] } },
      { put: { id: 1, channels: ['a'] }, payload: '1' },
    ]);
  });

  it('reports its states: connecting, live, waiting, closed', async () => {
    const server = new FakeServer();
    const bus = server.bus();
    const states: State[] = [bus.state];
    bus.on('state', (state) => states.push(state));
    server.welcomes().drops();
    server.returns();
    server.welcomes();
    await bus.close();
    expect(states).toEqual(['connecting', 'live', 'waiting', 'connecting', 'live', 'closed']);
  });

  it('takes an error without a close for the end of the connection, and one with a close for one end', () => {
    const server = new FakeServer();
    const bus = server.bus();
    const failures: string[] = [];
    bus.on('error', ({ code }) => failures.push(code));
    server.socket.failsUnclosed();
    expect(bus.state).toBe('connecting');
    server.clock.advance(0);
    expect([bus.state, failures]).toEqual(['waiting', ['cannot-connect']]);
    expect(server.clock.pending).toBe(1);
    const attempts = server.sockets.length;
    server.returns();
    const { socket } = server;
    socket.failsUnclosed();
    socket.readyState = 2;
    socket.drops();
    expect([bus.state, server.clock.pending]).toEqual(['waiting', 1]);
    expect(server.sockets.length).toBe(attempts + 1);
  });

  it('takes http and https urls as ws and wss, and refuses others', () => {
    const server = new FakeServer();
    new Bus('https://h/bus', { WebSocket: server.Socket, clock: server.clock });
    expect(server.socket.url).toBe('wss://h/bus');
    expect(() => new Bus('ftp://h/bus')).toThrow(TypeError);
    expect(() => new Bus('/bus')).toThrow(TypeError);
  });

  it.each([
    ['ws://h', 'ws://h/bus'],
    ['http://127.0.0.1:8080/', 'ws://127.0.0.1:8080/bus'],
    ['https://[::1]:8080?a=/', 'wss://[::1]:8080/bus?a=/'],
    ['wss://h/#x', 'wss://h/bus'],
    ['ws://h/live', 'ws://h/live'],
    ['ws://h/live/', 'ws://h/live/'],
  ])('takes %s as %s: without a path, the address of a server is that of its bus', (url, whole) => {
    const server = new FakeServer();
    new Bus(url, { WebSocket: server.Socket, clock: server.clock });
    expect(server.socket.url).toBe(whole);
  });

  it('gives the token to hello, asking for it before each attempt', async () => {
    const server = new FakeServer();
    let count = 0;
    server.bus({ token: async () => `t${++count}` });
    await settle();
    server.welcomes();
    expect(server.socket.hello.token).toBe('t1');
    server.socket.drops();
    server.clock.advance(30_000);
    await settle();
    server.welcomes();
    expect(server.socket.hello.token).toBe('t2');
  });

  it.each([
    ['rejects', () => Promise.reject(new Error('no token'))],
    [
      'throws',
      () => {
        throw new Error('no token');
      },
    ],
  ])('reports an error and tries again when the token %s', async (_, fail) => {
    const server = new FakeServer();
    let good = false;
    const bus = server.bus({ token: () => (good ? 'yes' : fail()) });
    const errors: string[] = [];
    bus.on('error', ({ message }) => errors.push(message));
    await settle();
    expect([bus.state, server.sockets.length]).toEqual(['waiting', 0]);
    expect(errors).toEqual(['token() failed: no token (ws://test/bus).']);
    good = true;
    server.clock.advance(30_000);
    await settle();
    server.welcomes();
    expect(bus.state).toBe('live');
  });

  it('does not wait for ever for a token, and ignores one that comes late', async () => {
    const server = new FakeServer();
    let answer: (token: string) => void = () => {};
    const bus = server.bus({
      token: () =>
        new Promise((resolve) => {
          answer = resolve;
        }),
    });
    const errors: Error[] = [];
    bus.on('error', (error) => errors.push(error));
    server.clock.advance(30_000);
    expect([errors[0], bus.state]).toMatchObject([{ code: 'timeout' }, 'waiting']);
    answer('late');
    await settle();
    expect(server.sockets).toHaveLength(0);
  });
});

describe('coming back', () => {
  it('waits within the spread of the welcome, and within a window that doubles from 500 ms up to 30 s once that is wider, for ever (E6)', () => {
    const server = new FakeServer();
    server.bus();
    server.welcomes({ retrySpreadMs: 2_000 }).drops();
    const waits: number[] = [];
    for (let attempt = 0; attempt < 8; attempt++) {
      const before = server.sockets.length;
      let waitedMs = 0;
      while (server.sockets.length === before && waitedMs < 60_000) {
        server.clock.advance(100);
        waitedMs += 100;
      }
      waits.push(waitedMs);
      server.socket.drops();
    }
    expect(waits).toEqual([1_000, 1_000, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000]);
  });

  it('begins with the spread again once a connection has lasted (E6)', () => {
    const server = new FakeServer();
    server.bus();
    server.welcomes().drops();
    for (let attempt = 0; attempt < 5; attempt++) server.returns().drops();
    server.returns();
    const lasting = server.welcomes();
    server.clock.advance(20_000);
    lasting.drops();
    const before = server.sockets.length;
    server.clock.advance(250);
    expect(server.sockets).toHaveLength(before + 1);
  });

  it.each([
    ['breaks', 1006],
    ['is replaced', 4002],
    ['fails at the server', 4004],
    ['is refused', 4006],
  ])('waits longer each time a connection %s right after its welcome (E6)', (_, code) => {
    const server = new FakeServer();
    server.bus();
    const waits = [];
    for (let connection = 0; connection < 8; connection++) {
      server.welcomes().drops(code);
      const before = server.sockets.length;
      let waitedMs = 0;
      for (; server.sockets.length === before; waitedMs += 50) server.clock.advance(50);
      waits.push(waitedMs);
    }
    expect(waits).toEqual([250, 500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000]);
  });

  it.each([0, 1, 700])(
    'comes back at its slot once, and backs off from a server that drains again, after %i ms (D3)',
    (comeBackMs) => {
      const server = new FakeServer();
      server.bus();
      let connections = 0;
      for (let ms = 0; ms < 60_000; ms += 50) {
        if (server.socket.readyState === 0) {
          connections += 1;
          server.welcomes().says({ draining: { comeBackMs } });
        }
        server.clock.advance(50);
      }
      expect(connections).toBeGreaterThan(3);
      expect(connections).toBeLessThan(12);
    },
  );

  it('waits ten minutes at most, whatever the server asks for', () => {
    const server = new FakeServer();
    server.bus();
    server
      .welcomes({ retrySpreadMs: Number.MAX_SAFE_INTEGER })
      .says({ draining: { comeBackMs: Number.MAX_SAFE_INTEGER } });
    server.socket.drops(4000);
    server.clock.advance(600_000);
    expect(server.sockets).toHaveLength(2);
  });

  it.each([1000, 1001, 1006, 1009, 4000, 4004, 4499, 5000])('comes back after %i (E5)', (code) => {
    const server = new FakeServer();
    const bus = server.bus();
    server.welcomes().drops(code);
    expect(bus.state).toBe('waiting');
    server.returns();
  });

  it.each([4500, 4501, 4999])('does not come back after %i: everything rejects (E5)', async (code) => {
    const server = new FakeServer();
    const bus = server.bus();
    const errors: unknown[] = [];
    bus.on('error', (error) => errors.push(error));
    const open = bus.subscribe('a');
    const put = bus.put('a', 1);
    server.welcomes();
    const waiting = open.get({ block: true });
    server.socket.says({ error: { code: 'bad-message', reason: 'what is that', remedy: 'mend it' } });
    server.socket.drops(code, 'goodbye');
    expect(bus.state).toBe('closed');
    const rejected = { code: 'rejected', message: 'what is that', remedy: 'mend it' };
    expect(errors.at(-1)).toMatchObject(rejected);
    await expect(waiting).rejects.toMatchObject(rejected);
    await expect(open.ready).rejects.toMatchObject(rejected);
    expect(await outcomeOf(put)).toBe('outcome-unknown');
    await expect(bus.put('a', 2)).rejects.toMatchObject(rejected);
    const later = bus.subscribe('a');
    await expect(later.ready).rejects.toMatchObject(rejected);
    expect(() => later.get()).toThrow('what is that');
    server.clock.advance(120_000);
    expect([server.sockets.length, server.clock.pending]).toEqual([1, 0]);
  });

  it('says the reason of the close when the server sent no error', async () => {
    const server = new FakeServer();
    const bus = server.bus();
    bus.on('error', () => {});
    server.welcomes().drops(4500, 'goodbye');
    await expect(bus.put('a', 2)).rejects.toMatchObject({ message: 'goodbye' });
  });

  it('drops a socket that was silent for silenceMs, and makes a new one (B3)', () => {
    const server = new FakeServer();
    const bus = server.bus();
    const first = server.welcomes({ silenceMs: 5_000 });
    server.clock.advance(4_999);
    first.says({ beat: { offset: 3 } });
    server.clock.advance(4_999);
    expect(bus.state).toBe('live');
    first.answersClose = false;
    server.clock.advance(1);
    expect([first.closedWith?.code, bus.state]).toEqual([CLOSE.silent.code, 'waiting']);
    server.returns();
    expect(first.terminated).toBe(true);
  });

  it('drops a socket that never opens', () => {
    const server = new FakeServer();
    const bus = server.bus();
    server.clock.advance(30_000);
    expect(bus.state).toBe('waiting');
    server.returns();
  });

  it('hears nothing more from a socket that it gave up', () => {
    const server = new FakeServer();
    const bus = server.bus();
    const first = server.welcomes();
    first.answersClose = false;
    server.clock.advance(30_000);
    first.publishes(7, 'a');
    first.says(welcome());
    expect([bus.state, bus.position?.offset]).toEqual(['waiting', 0]);
  });

  it('gives up a connection whose frame it cannot read, rather than go on without it (E8)', () => {
    const server = new FakeServer();
    const bus = server.bus();
    const errors: Error[] = [];
    bus.on('error', (error) => errors.push(error));
    server.welcomes().frame('12 no');
    expect([errors.length, bus.state]).toEqual([1, 'waiting']);
  });

  it('ignores messages of a later protocol (U2)', () => {
    const server = new FakeServer();
    const bus = server.bus();
    server.welcomes().frame('{"draining":{"inMs":5}}');
    expect(bus.state).toBe('live');
  });

  it('tries again when the WebSocket class itself throws', async () => {
    const server = new FakeServer();
    const { Socket } = server;
    let broken = true;
    const Broken = class extends Socket {
      constructor(url: string, protocol: string) {
        if (broken) throw new Error('not allowed here');
        super(url, protocol);
      }
    } as typeof Socket;
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    const bus = server.bus({ WebSocket: Broken });
    expect(bus.state).toBe('waiting');
    await settle();
    expect(warn.mock.calls).toEqual([[expect.stringContaining('not allowed here')]]);
    warn.mockRestore();
    broken = false;
    server.returns();
  });
});

describe('closing', () => {
  it('lets pending puts be answered first', async () => {
    const server = new FakeServer();
    const bus = server.bus();
    const put = bus.put('a', 1);
    server.welcomes();
    const closed = bus.close();
    expect(await outcomeOf(closed)).toBe('pending');
    server.socket.says({ accepted: { put: 1, time: 5, channels: [] } });
    await closed;
    expect(await outcomeOf(put)).toMatchObject({ epoch: 'e1', time: 5 });
    expect(server.socket.closedWith?.code).toBe(1000);
  });

  it('gives up after timeoutMs: sent puts have an unknown outcome, others were closed', async () => {
    const server = new FakeServer();
    const bus = server.bus();
    server.welcomes();
    const sent = bus.put('a', 1);
    server.socket.readyState = 2;
    const unsent = bus.put('a', 2);
    const closed = bus.close({ timeoutMs: 700 });
    server.clock.advance(699);
    expect(await outcomeOf(closed)).toBe('pending');
    server.clock.advance(1);
    await closed;
    expect([await outcomeOf(sent), await outcomeOf(unsent)]).toEqual(['outcome-unknown', 'closed']);
  });

  it('is idempotent, never rejects, and leaves no timer and no socket', async () => {
    const server = new FakeServer();
    const bus = server.bus();
    server.welcomes();
    expect(bus.close()).toBe(bus.close());
    await bus.close();
    await settle();
    expect([bus.state, server.clock.pending, server.socket.readyState]).toEqual(['closed', 0, 3]);
  });

  it('leaves no timer when it was waiting to come back', async () => {
    const server = new FakeServer();
    const bus = server.bus();
    server.socket.drops();
    await bus.close();
    expect(server.clock.pending).toBe(0);
  });

  it('does not wait long for the other side of the closing handshake', async () => {
    const server = new FakeServer();
    const bus = server.bus();
    server.welcomes().answersClose = false;
    const closed = bus.close();
    await settle();
    server.clock.advance(1_000);
    await closed;
    expect([server.socket.terminated, server.clock.pending]).toEqual([true, 0]);
  });

  it('ends subscribers, which can still be read to the end', async () => {
    const server = new FakeServer();
    const bus = server.bus();
    const subscriber = bus.subscribe('a');
    server.welcomes();
    server.socket.says({ subscribed: { id: 1, offset: 0, replaying: false } });
    server.socket.publishes(1, 'a');
    await bus.close();
    const read: number[] = [];
    for await (const { offset } of subscriber) read.push(offset);
    expect(read).toEqual([1]);
  });

  it('takes no more puts and subscriptions', async () => {
    const server = new FakeServer();
    const bus = server.bus();
    await bus.close();
    expect(await outcomeOf(bus.put('a', 1))).toBe('closed');
    const late = bus.subscribe('a');
    expect(await outcomeOf(late.ready)).toBe('closed');
    expect(() => late.get()).toThrow(expect.objectContaining({ code: 'closed' }));
  });
});
