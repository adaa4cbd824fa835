import { afterEach, describe, expect, it, vi } from 'vitest';
import { FakeServer, welcome } from '../../support/client-socket.ts';

afterEach(() => {
  vi.unstubAllGlobals();
  vi.resetModules();
});

/** The client as it is where these globals are missing. */
async function without(...names: string[]) {
  for (const name of names) vi.stubGlobal(name, undefined);
  vi.resetModules();
  return import('../../../client/src/bus.ts');
}

describe('where globals are missing', () => {
  it.each([
    [['TextEncoder']],
    [['TextDecoder']],
    [['AbortController', 'AbortSignal']],
    [['queueMicrotask']],
    [['structuredClone', 'performance', 'setImmediate']],
  ])('the client works: %j', async (names) => {
    const { Bus } = await without(...names);
    const { Socket, sockets, clock } = new FakeServer();
    const bus = new Bus('ws://test/bus', { WebSocket: Socket, clock });
    sockets[0]?.opens();
    sockets[0]?.says(welcome());
    const subscriber = bus.subscribe('a');
    const got: number[] = [];
    subscriber.on('publication', ({ offset }) => got.push(offset));
    sockets[0]?.says({ subscribed: { id: 1, offset: 0, replaying: false } });
    sockets[0]?.publishes(1, 'a');
    const put = bus.put('a', ['x'.repeat(1_000)]);
    sockets[0]?.says({ accepted: { put: 1, time: 1, channels: [] } });
    await put;
    expect([bus.state, got]).toEqual(['live', [1]]);
    await bus.close();
  });

  it('crypto is named with a remedy: a client id that can be guessed is none', async () => {
    const { Bus } = await without('crypto');
    expect(() => new Bus('ws://test/bus', { WebSocket: new FakeServer().Socket })).toThrow(
      expect.objectContaining({
        code: 'missing-global',
        message: expect.stringContaining('crypto.getRandomValues'),
        remedy: expect.stringContaining('react-native-get-random-values'),
      }),
    );
  });

  it('WebSocket is named with a remedy', async () => {
    vi.stubGlobal('WebSocket', undefined);
    const { platformSocket } = await import('../../../client/src/connection/socket-page.ts');
    expect(platformSocket).toThrow(
      expect.objectContaining({ code: 'missing-global', message: expect.stringContaining('WebSocket') }),
    );
  });
});

describe('the url', () => {
  const urlOf = async (url: string): Promise<string> => {
    const { Bus } = await import('../../../client/src/bus.ts');
    const { Socket, sockets, clock } = new FakeServer();
    new Bus(url, { WebSocket: Socket, clock });
    return sockets[0]?.url ?? '';
  };

  it.each([
    ['/bus', 'http://h:8080/app/page?x#y', 'ws://h:8080/bus'],
    ['bus', 'https://h/app/page', 'wss://h/app/bus'],
    ['//other/bus', 'https://h/', 'wss://other/bus'],
    ['ws://other/bus', 'http://h/', 'ws://other/bus'],
  ])('%s in a page at %s is %s', async (url, href, expected) => {
    vi.stubGlobal('location', { href });
    expect(await urlOf(url)).toBe(expected);
  });

  it.each(['/bus', 'bus', '127.0.0.1', ''])(
    '%j outside of a page is refused, with an example',
    async (url) => {
      await expect(urlOf(url)).rejects.toThrow(/is no url of a bus: give all of it, such as ws:\/\/127/);
    },
  );

  it.each(['ftp://h/bus', 'localhost:8080/bus'])('%s is refused by its scheme', async (url) => {
    await expect(urlOf(url)).rejects.toThrow(/begins with ws: or wss:/);
  });

  it('loses a fragment, which a WebSocket refuses', async () => {
    expect(await urlOf('ws://h/bus#x')).toBe('ws://h/bus');
  });
});

describe('one signal for many operations', () => {
  it('has one listener, and ends them all', async () => {
    const { onAbort } = await import('../../../client/src/abort.ts');
    const stop = new AbortController();
    const listen = vi.spyOn(stop.signal, 'addEventListener');
    const ended: number[] = [];
    const offs = Array.from({ length: 30 }, (_, n) => onAbort(stop.signal, () => ended.push(n)));
    for (const off of offs.slice(0, 28)) off();
    stop.abort('enough');
    expect([ended, listen.mock.calls.length]).toEqual([[28, 29], 1]);
    onAbort(stop.signal, ({ code, cause }) => expect([code, cause]).toEqual(['aborted', 'enough']));
  });
});

it('time goes on where performance is missing', async () => {
  vi.stubGlobal('performance', undefined);
  vi.resetModules();
  const { systemClock } = await import('@zerospan/shared');
  expect(Math.abs(systemClock.elapsed() - Date.now())).toBeLessThan(60_000);
});
