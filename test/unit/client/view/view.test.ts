import { LIMITS } from '@zerospan/shared';
import { describe, expect, it, vi } from 'vitest';
import type { Bus } from '../../../../client/src/bus.ts';
import type { View, ViewOptions } from '../../../../client/src/view/view.ts';
import {
  FakeServer,
  type FakeSocket,
  outcomeOf,
  settle,
  subscribed,
} from '../../../support/client-socket.ts';

interface Scene {
  server: FakeServer;
  socket: FakeSocket;
  bus: Bus;
  view: View;
}

const live = (subscription: number, offset: number) => ({ live: { subscription, offset } });

const refused = (subscription: number, code: string) => ({
  refused: { subscription, code, reason: 'no', remedy: 'none' },
});

const gap = (subscription: number, reason: 'lag' | 'retention', from: number, to: number) => ({
  gap: { subscriptions: [subscription], reason, epoch: 'e1', from, to, missed: null },
});

/** What a view has, in its order. */
function shown(view: View): string[] {
  return [...view.entries.values()].map(({ channel, offset }) => `${channel} ${offset}`);
}

/** A view of everything that has been given `a 1` and `b 2`. */
function current(options: ViewOptions = {}): Scene {
  const server = new FakeServer();
  const bus = server.bus();
  const view = bus.view('', options);
  const socket = server.welcomes({ head: 2 });
  replays(socket, 1, ['a', 'b'], 1);
  return { server, socket, bus, view };
}

/** Grants a subscription, and replays to it the channels, from an offset on. */
function replays(socket: FakeSocket, id: number, channels: readonly string[], from: number): void {
  const head = from + channels.length - 1;
  socket.says(subscribed(id, head, true));
  if (channels.length > 0) socket.says({ replay: { subscription: id, count: channels.length } });
  channels.forEach((channel, i) => {
    socket.publishes(from + i, channel);
  });
  socket.says(live(id, head));
}

describe('a view', () => {
  it('asks for the last of each channel, and for the newest alone when it is behind', () => {
    const { socket } = current();
    expect(socket.hello.subscriptions).toEqual([
      { id: 1, prefixes: [''], replay: { last: 1 }, onLag: 'latest' },
    ]);
  });

  it('is loading until its snapshot is whole, then current', async () => {
    const server = new FakeServer();
    const view = server.bus().view('');
    const socket = server.welcomes({ head: 2 });
    socket.says(subscribed(1, 2, true));
    socket.says({ replay: { subscription: 1, count: 1 } });
    socket.publishes(1, 'a');
    expect([view.state, await outcomeOf(view.ready)]).toEqual(['loading', 'pending']);
    socket.says(live(1, 2));
    expect([view.state, await outcomeOf(view.ready)]).toEqual(['current', undefined]);
    expect([shown(view), view.complete]).toEqual([['a 1'], true]);
  });

  it('keeps of each channel the newest, the longest unchanged first', () => {
    const { socket, view } = current();
    socket.publishes(3, 'c');
    socket.publishes(4, 'a', { n: 4 });
    expect(shown(view)).toEqual(['b 2', 'c 3', 'a 4']);
    expect(view.get('a')?.message).toEqual({ n: 4 });
  });

  it('gives the same map until something changes, and never changes one that it gave', () => {
    const { socket, view } = current();
    const before = view.entries;
    expect(view.entries).toBe(before);
    socket.publishes(3, 'a');
    const after = view.entries;
    expect(after).not.toBe(before);
    expect([before.get('a')?.offset, after.get('a')?.offset]).toEqual([1, 3]);
    expect(view.entries).toBe(after);
  });

  it('calls back once a turn however much has come, and not after it was stopped', async () => {
    const { socket, view } = current();
    await settle();
    const changed = vi.fn();
    const { subscribe, get } = view;
    const off = subscribe(changed);
    for (let offset = 3; offset < 100; offset++) socket.publishes(offset, 'a');
    expect(changed).not.toHaveBeenCalled();
    await settle();
    expect(changed).toHaveBeenCalledTimes(1);
    expect(get('a')?.offset).toBe(99);
    off();
    socket.publishes(100, 'a');
    await settle();
    expect(changed).toHaveBeenCalledTimes(1);
  });

  it('calls back for each new state', async () => {
    const { server, view } = current();
    const states: string[] = [];
    view.subscribe(() => states.push(view.state));
    await settle();
    server.socket.drops();
    await settle();
    server.returns();
    replays(server.welcomes({ head: 2, from: 2 }), 1, [], 3);
    await settle();
    void view.close();
    await settle();
    expect(states).toEqual(['current', 'stale', 'current', 'closed']);
  });

  it.each([0, -1, 1.5, Number.NaN])('throws RangeError for a limit of %d', (limit) => {
    expect(() => new FakeServer().bus().view('', { limit })).toThrow(RangeError);
  });

  it('throws at once for filters that are not good', () => {
    const bus = new FakeServer().bus();
    expect(() => bus.view([])).toThrow(expect.objectContaining({ code: 'bad-filter' }));
    const many = Array.from({ length: LIMITS.filters + 1 }, (_, n) => `c${n}`);
    expect(() => bus.view(many)).toThrow(expect.objectContaining({ code: 'too-many-filters' }));
  });

  it('above its limit lets go of the longest unchanged, and is not complete', () => {
    const { socket, view } = current({ limit: 2 });
    expect(view.complete).toBe(true);
    socket.publishes(3, 'a');
    socket.publishes(4, 'c');
    expect([shown(view), view.complete]).toEqual([['a 3', 'c 4'], false]);
  });
});

describe('a view over connections', () => {
  it('is stale without one, and goes on where it was', () => {
    const { server, view } = current();
    server.socket.drops();
    expect([view.state, shown(view)]).toEqual(['stale', ['a 1', 'b 2']]);
    server.returns();
    const socket = server.welcomes({ from: 2, head: 3, resumed: true });
    expect(socket.hello.subscriptions).toEqual([{ id: 1, prefixes: [''], after: 2, onLag: 'latest' }]);
    socket.says(subscribed(1, 2));
    // The log has one more, which may be for it.
    expect(view.state).toBe('stale');
    socket.publishes(3, 'a');
    expect([view.state, shown(view)]).toEqual(['current', ['b 2', 'a 3']]);
  });

  it('is current by a beat where what it missed was not for it', () => {
    const { server, view } = current();
    server.socket.drops();
    server.returns();
    const socket = server.welcomes({ from: 2, head: 9, resumed: true });
    socket.says(subscribed(1, 2));
    socket.says({ beat: { offset: 8 } });
    expect(view.state).toBe('stale');
    socket.says({ beat: { offset: 9 } });
    expect(view.state).toBe('current');
  });

  it('stays current, or becomes it, while the server does not reach its log: it has what the log had', () => {
    const { bus, socket, view } = current();
    socket.says({ beat: { offset: 2, logAwayMs: 2_000 } });
    expect([bus.state, view.state]).toEqual(['stale', 'current']);
    const second = bus.view({ prefix: 'b' });
    replays(socket, 2, [], 3);
    expect(second.state).toBe('current');
    socket.says({ beat: { offset: 2 } });
    expect([bus.state, view.state]).toEqual(['live', 'current']);
  });

  it('that waits for the head of a connection which is lost waits for that of the next', () => {
    const { server, view } = current();
    server.socket.drops();
    server.returns();
    server.welcomes({ from: 2, head: 9, resumed: true }).says(subscribed(1, 2));
    server.socket.drops();
    server.returns();
    const socket = server.welcomes({ from: 2, head: 12, resumed: true });
    socket.says({ beat: { offset: 9 } });
    socket.says(subscribed(1, 2));
    expect(view.state).toBe('stale');
    socket.says({ beat: { offset: 12 } });
    expect(view.state).toBe('current');
  });

  it('after a restart has what the new log has, and loads what lies below its beginning', async () => {
    const { server, view } = current();
    server.socket.drops();
    server.returns();
    const socket = server.welcomes({ epoch: 'e2', from: 5, begins: 5, head: 6 });
    socket.says(subscribed(1, 5));
    socket.publishes(6, 'c');
    expect([view.state, shown(view)]).toEqual(['stale', ['a 1', 'b 2', 'c 6']]);
    server.clock.advance(0);
    expect(socket.messages.slice(-2)).toMatchObject([
      { unsubscribe: { id: 1 } },
      { subscribe: { id: 2, prefixes: [''], replay: { last: 1 } } },
    ]);
    socket.says(subscribed(2, 6, true));
    socket.says({ replay: { subscription: 2, count: 2 } });
    socket.publishes(4, 'a');
    socket.publishes(6, 'c');
    socket.says(live(2, 6));
    // What only the old log had, the new one never had: nothing is missing.
    expect([view.state, shown(view), view.complete]).toEqual(['current', ['c 6', 'a 4'], true]);
    expect(view.get('a')?.epoch).toBe('e2');
  });

  it('of a bus that resumes is given a snapshot all the same', async () => {
    const server = new FakeServer();
    const view = server.bus({ resume: { epoch: 'e1', offset: 7 } }).view('a');
    const socket = server.welcomes({ from: 7, head: 7, resumed: true });
    expect(socket.hello.subscriptions).toEqual([]);
    await settle();
    replays(socket, 1, ['a'], 7);
    expect([view.state, shown(view)]).toEqual(['current', ['a 7']]);
  });
});

describe('a view after a gap', () => {
  it('loads again, and drops what the log has dropped: there may have been a newer one', async () => {
    const { server, socket, view } = current();
    socket.says(gap(1, 'retention', 3, 8));
    expect([view.state, shown(view)]).toEqual(['stale', ['a 1', 'b 2']]);
    server.clock.advance(0);
    socket.says(subscribed(2, 9, true));
    socket.says({ replay: { subscription: 2, count: 1 } });
    socket.publishes(9, 'a');
    expect(view.state).toBe('stale');
    socket.says(live(2, 9));
    expect([view.state, shown(view), view.complete]).toEqual(['current', ['a 9'], false]);
  });

  it('is not complete where the server says that the log may have dropped the last of a channel', () => {
    const server = new FakeServer();
    const view = server.bus().view('');
    const socket = server.welcomes({ head: 2 });
    socket.says(subscribed(1, 2, true));
    socket.says({ live: { subscription: 1, offset: 2, incomplete: true } });
    expect([view.state, view.complete]).toEqual(['current', false]);
  });

  it('is complete again in another log', async () => {
    const { server, socket, view } = current();
    socket.says(gap(1, 'retention', 3, 8));
    server.clock.advance(0);
    replays(socket, 2, ['a'], 9);
    expect(view.complete).toBe(false);
    socket.drops();
    server.returns();
    const next = server.welcomes({ epoch: 'e2', head: 0 });
    next.says(subscribed(2, 0));
    server.clock.advance(0);
    replays(next, 3, [], 1);
    expect([view.state, shown(view), view.complete]).toEqual(['current', [], true]);
  });

  it('is not slowed further while it is behind: it loads once nothing was left out for a while', () => {
    const { server, socket, view } = current();
    for (let i = 0; i < 5; i++) {
      socket.says(gap(1, 'lag', 3 + 2 * i, 3 + 2 * i));
      socket.publishes(4 + 2 * i, 'a');
      server.clock.advance(900);
    }
    expect([view.state, view.get('a')?.offset]).toEqual(['stale', 12]);
    const asked = () => socket.messages.filter((message) => 'subscribe' in message);
    expect(asked()).toEqual([]);
    server.clock.advance(100);
    expect(asked()).toHaveLength(1);
    replays(socket, 2, ['b', 'a'], 12);
    expect([view.state, view.complete]).toEqual(['current', true]);
  });

  it('waits longer each time where a load loses something itself', () => {
    const { server, socket, view } = current();
    socket.says(gap(1, 'retention', 3, 8));
    let [id, waited] = [1, 0];
    const waits: number[] = [];
    for (let ms = 0; ms < 400_000; ms += 1_000) {
      socket.says({ beat: { offset: 8 } });
      server.clock.advance(ms === 0 ? 0 : 1_000);
      waited += 1;
      const last = socket.messages.at(-1);
      if (last === undefined || !('subscribe' in last) || last.subscribe.id === id) continue;
      waits.push(waited);
      [id, waited] = [last.subscribe.id, 0];
      socket.says(subscribed(id, 8, true));
      socket.says(gap(id, 'retention', 3, 8));
    }
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60, 60, 60]);
    expect(view.state).toBe('stale');
  });

  it('of what never reached the log is as current as before', () => {
    const { socket, view } = current();
    socket.says({ gap: { channel: 'a', reason: 'upstream', epoch: 'e1', from: 3, to: 3, missed: 2 } });
    expect([view.state, shown(view)]).toEqual(['current', ['a 1', 'b 2']]);
  });
});

describe('a view without a grant for history', () => {
  it('begins empty, says so, and follows changes', async () => {
    const server = new FakeServer();
    const view = server.bus().view('a');
    const socket = server.welcomes({ head: 4 });
    socket.says(refused(1, 'forbidden'));
    expect(socket.messages.at(-1)).toEqual({ subscribe: { id: 2, channels: ['a'], onLag: 'latest' } });
    socket.says(subscribed(2, 4));
    expect([view.state, view.complete, await outcomeOf(view.ready)]).toEqual(['current', false, undefined]);
    socket.publishes(5, 'a');
    expect(shown(view)).toEqual(['a 5']);
  });

  it('keeps what it has when it falls behind, and not after a restart', () => {
    const server = new FakeServer();
    const view = server.bus().view('a');
    const socket = server.welcomes({ head: 4 });
    socket.says(refused(1, 'forbidden'));
    socket.says(subscribed(2, 4));
    socket.publishes(5, 'a');
    socket.says(gap(2, 'lag', 6, 7));
    server.clock.advance(10_000);
    expect([view.state, shown(view)]).toEqual(['current', ['a 5']]);
    socket.drops();
    server.returns();
    const next = server.welcomes({ epoch: 'e2', head: 0 });
    next.says(subscribed(2, 0));
    server.clock.advance(0);
    next.says(refused(3, 'forbidden'));
    next.says(subscribed(4, 0));
    expect([view.state, shown(view), view.complete]).toEqual(['current', [], false]);
  });

  it('nor to subscribe is closed, with the reason', async () => {
    const server = new FakeServer();
    const view = server.bus().view('a');
    const socket = server.welcomes();
    socket.says(refused(1, 'forbidden'));
    socket.says(refused(2, 'forbidden'));
    expect([view.state, view.error?.code, await outcomeOf(view.ready)]).toEqual([
      'closed',
      'forbidden',
      'forbidden',
    ]);
  });
});

describe('the end of a view', () => {
  it('by close() keeps what it has, and ends its subscription', async () => {
    const { socket, view } = current();
    void view.close();
    expect(socket.messages.at(-1)).toEqual({ unsubscribe: { id: 1 } });
    socket.publishes(3, 'a');
    expect([view.state, view.error, shown(view)]).toEqual(['closed', undefined, ['a 1', 'b 2']]);
  });

  it('by close() while a load is due leaves no timer', async () => {
    const { server, socket, view } = current();
    const before = server.clock.pending;
    socket.says(gap(1, 'lag', 3, 3));
    expect(server.clock.pending).toBe(before + 1);
    void view.close();
    expect(server.clock.pending).toBe(before);
  });

  it.each([
    ['close()', 'closed', (view: View, _bus: Bus, _abort: AbortController) => void view.close()],
    ['the end of its bus', 'closed', (_view: View, bus: Bus) => void bus.close({ timeoutMs: 0 })],
    ['its signal', 'aborted', (_view: View, _bus: Bus, abort: AbortController) => abort.abort()],
  ])('by %s rejects ready if it waits', async (_, code, end) => {
    const abort = new AbortController();
    const bus = new FakeServer().bus();
    const view = bus.view('a', { signal: abort.signal });
    end(view, bus, abort);
    expect([view.state, view.error, await outcomeOf(view.ready)]).toEqual(['closed', undefined, code]);
  });

  it('with a closed bus has come before it began', async () => {
    const bus = new FakeServer().bus();
    await bus.close({ timeoutMs: 0 });
    const view = bus.view('a');
    expect([await outcomeOf(view.ready), view.state, view.error]).toEqual(['closed', 'closed', undefined]);
  });

  it('by a refusal is reported, and is no unhandled rejection', async () => {
    const server = new FakeServer();
    const bus = server.bus();
    const errors: unknown[] = [];
    bus.on('error', (error) => errors.push(error));
    const view = bus.view('a');
    server.welcomes().says(refused(1, 'too-many-subscriptions'));
    expect([view.state, view.error?.code]).toEqual(['closed', 'too-many-subscriptions']);
    await settle();
    server.clock.advance(0);
    expect(errors).toMatchObject([{ code: 'too-many-subscriptions' }]);
  });
});
