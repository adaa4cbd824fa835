import { LIMITS, type PutBody } from '@zerospan/shared';
import { describe, expect, it, vi } from 'vitest';
import { FakeServer, outcomeOf, settle } from '../../support/client-socket.ts';

const channel = (name: string, offset = 1) => ({
  channel: name,
  offset,
  sessions: 2,
  nativeSubscriptions: 3,
});

/** Ids of the puts sent on the newest socket. */
function putIds({ socket }: FakeServer): number[] {
  return socket.messages.flatMap((message) => ('put' in message ? [message.put.id] : []));
}

describe('a put', () => {
  it('fulfils with what the server accepted, and the epoch', async () => {
    const server = new FakeServer();
    const bus = server.bus();
    server.welcomes();
    const put = bus.put(['b', 'a', 'b'], { x: null });
    expect(server.socket.messages.at(-1)).toEqual({
      put: { id: 1, channels: ['b', 'a'] },
      payload: '{"x":null}',
    });
    server.socket.says({ accepted: { put: 1, time: 99, channels: [channel('b', 4), channel('a', 5)] } });
    expect(await put).toEqual({ epoch: 'e1', time: 99, channels: [channel('b', 4), channel('a', 5)] });
  });

  it.each([[null], [0], [false], [''], [{}], [[]]])('takes %j as a message', (message) => {
    const server = new FakeServer();
    server
      .bus()
      .put('a', message)
      .catch(() => {});
    server.welcomes();
    expect(server.socket.messages.at(-1)).toMatchObject({ payload: JSON.stringify(message) });
  });

  it('sends the text of putText untouched (P3)', () => {
    const server = new FakeServer();
    void server.bus().publish().putText('a', ' { "n":\n12345678901234567890 } ');
    server.welcomes();
    expect(server.socket.messages.at(-1)).toMatchObject({ payload: ' { "n":\n12345678901234567890 } ' });
  });

  it('rejects with what the server refused', async () => {
    const server = new FakeServer();
    const put = server.bus().put('a', 1);
    server.welcomes().says({ refused: { put: 1, code: 'log-failed', reason: 'disk', remedy: 'wait' } });
    await expect(put).rejects.toMatchObject({
      code: 'log-failed',
      message: 'disk',
      remedy: 'wait',
      retry: true,
    });
  });

  it('takes a code that it does not know as one not to be retried (U4)', async () => {
    const server = new FakeServer();
    const put = server.bus().put('a', 1);
    server.welcomes().says({ refused: { put: 1, code: 'quota', reason: 'too much', remedy: 'pay' } });
    await expect(put).rejects.toMatchObject({ message: 'quota: too much', retry: false });
  });

  it('goes by the code alone, whatever reason and remedy say (E4)', async () => {
    const server = new FakeServer();
    const bus = server.bus();
    const [refused, waits] = [bus.put('a', 1), bus.put('a', 2)];
    server.welcomes();
    server.socket.says({ refused: { put: 1, code: 'forbidden', reason: 'draining', remedy: 'come back' } });
    server.socket.says({ refused: { put: 2, code: 'draining', reason: 'forbidden', remedy: 'give up' } });
    await expect(refused).rejects.toMatchObject({ code: 'forbidden', retry: false });
    expect(await outcomeOf(waits)).toBe('pending');
  });

  const circle: unknown[] = [];
  circle.push(circle);
  it.each<[string, string | string[], unknown]>([
    ['no-channels', [], 1],
    ['bad-channel', ['a', 'b c'], 1],
    ['bad-channel', '', 1],
    ['reserved-channel', '$sys', 1],
    ['too-many-channels', Array.from({ length: 200 }, (_, i) => `c${i}`), 'x'.repeat(60_000)],
    ['too-many-channels', Array.from({ length: LIMITS.putChannels + 1 }, (_, i) => `c${i}`), 1],
    ['not-json', 'a', undefined],
    ['not-json', 'a', () => 1],
    ['not-json', 'a', 1n],
    ['not-json', 'a', circle],
    ['too-large', 'a', 'x'.repeat(LIMITS.payloadBytes - 1)],
    ['too-deep', 'a', JSON.parse('['.repeat(LIMITS.depth + 1) + ']'.repeat(LIMITS.depth + 1))],
    ['too-large', Array.from({ length: 1_000 }, (_, i) => `"${'"'.repeat(240)}${i}`), 1],
  ])('that is wrong rejects with %s, is never sent and never throws', async (code, channels, message) => {
    const server = new FakeServer();
    const put = server.bus().put(channels, message);
    await expect(put).rejects.toMatchObject({ code });
    server.welcomes();
    expect(server.socket.sent).toHaveLength(1);
  });

  it('goes by the limits of welcome, once they are known (H7)', async () => {
    const server = new FakeServer();
    const bus = server.bus();
    server.welcomes({ limits: { ...LIMITS, putChannels: 1, payloadBytes: 60, depth: 8, filters: 1 } });
    await expect(bus.put(['a', 'b'], 1)).rejects.toMatchObject({ code: 'too-many-channels' });
    await expect(bus.put('a', 'x'.repeat(60))).rejects.toMatchObject({ code: 'too-large' });
    await expect(bus.put('a', JSON.parse('['.repeat(9) + ']'.repeat(9)))).rejects.toMatchObject({
      code: 'too-deep',
    });
    expect(() => bus.subscribe(['a', 'b'])).toThrow(expect.objectContaining({ code: 'too-many-filters' }));
    expect(putIds(server)).toEqual([]);
  });

  it.each([
    ['no-payload', ''],
    ['bad-payload', '{'],
    ['bad-payload', 'NaN'],
  ])('of text that is wrong rejects with %s', async (code, text) => {
    expect(await outcomeOf(new FakeServer().bus().publish().putText('a', text))).toBe(code);
  });
});

describe('puts and connections', () => {
  it('wait while there is none, and are sent in order on the next', () => {
    const server = new FakeServer();
    const bus = server.bus();
    for (let n = 1; n <= 3; n++) bus.put('a', n).catch(() => {});
    server.socket.drops();
    server.returns();
    server.welcomes();
    expect(putIds(server)).toEqual([1, 2, 3]);
  });

  it('whose answer was lost are sent again first on the next, with how long ago they were sent (P7)', async () => {
    const server = new FakeServer();
    const bus = server.bus();
    server.welcomes();
    const puts = [bus.put('a', 1), bus.put('b', 2)];
    server.socket.says({ accepted: { put: 1, time: 1, channels: [] } });
    server.clock.advance(300);
    server.socket.drops();
    puts.push(bus.put('c', 3));
    server.returns();
    server.welcomes();
    const sent = server.socket.sent
      .filter((frame) => frame.startsWith('{"put"'))
      .map((frame) => frame.split('\n'));
    expect(sent.map(([, payload]) => payload)).toEqual(['2', '3']);
    const [again, first] = sent.map(([envelope]) => (JSON.parse(envelope ?? '') as { put: PutBody }).put);
    expect(again).toMatchObject({ id: 2, channels: ['b'] });
    expect(again?.againMs).toBeGreaterThanOrEqual(300);
    expect(first).toEqual({ id: 3, channels: ['c'] });
    server.socket.says({ accepted: { put: 2, time: 1, channels: [] } });
    server.socket.says({ accepted: { put: 3, time: 1, channels: [] } });
    for (const put of puts) expect(await outcomeOf(put)).toMatchObject({ time: 1 });
  });

  it.each([
    ['the clock was put back', -3_600_000, 1_300],
    ['the machine slept, and its stopwatch with it', 3_600_000, 3_601_300],
  ])('say how long ago they were sent where %s (P7)', (_, step, agoMs) => {
    const server = new FakeServer();
    const bus = server.bus();
    server.welcomes();
    void bus.put('a', 1).catch(() => {});
    server.clock.advance(300);
    server.clock.set(server.clock.now() + step);
    server.clock.advance(1_000);
    server.socket.drops();
    server.returns();
    server.welcomes();
    const again = server.socket.sent.find((frame) => frame.startsWith('{"put"')) ?? '';
    const { put } = JSON.parse(again.split('\n')[0] ?? '') as { put: PutBody };
    expect(put.againMs).toBeGreaterThanOrEqual(agoMs);
    // And the wait until it was back.
    expect(put.againMs).toBeLessThan(agoMs + 60_000);
  });

  it('whose answer was lost with another epoch have an unknown outcome, and are not sent again (P7)', async () => {
    const server = new FakeServer();
    const bus = server.bus();
    server.welcomes();
    const put = bus.put('a', 1);
    server.socket.drops();
    expect(await outcomeOf(put)).toBe('pending');
    server.returns();
    server.welcomes({ epoch: 'another' });
    expect(await outcomeOf(put)).toBe('outcome-unknown');
    expect(putIds(server)).toEqual([]);
  });

  it('refused by a server that drains are put on the next, as if for the first time (D3)', async () => {
    const server = new FakeServer();
    const bus = server.bus();
    server.welcomes();
    const refused = bus.put('a', 1);
    server.socket.says({ draining: { comeBackMs: 700 } });
    const held = bus.put('a', 2);
    server.socket.says({ refused: { put: 1, code: 'draining', reason: 'stopping', remedy: 'wait' } });
    expect(putIds(server)).toEqual([1]);
    expect([await outcomeOf(refused), await outcomeOf(held)]).toEqual(['pending', 'pending']);
    server.socket.drops(4000);
    server.clock.advance(699);
    expect(bus.state).toBe('waiting');
    server.clock.advance(1);
    server.welcomes({ epoch: 'another' });
    expect(putIds(server)).toEqual([1, 2]);
    expect(server.socket.sent.join('')).not.toContain('againMs');
  });

  it('sent again and then refused by a server that drains may have been appended: with another epoch nobody knows (D3)', async () => {
    const server = new FakeServer();
    const bus = server.bus();
    server.welcomes();
    const put = bus.put('a', 1);
    server.socket.drops();
    server.returns();
    server.welcomes();
    server.socket.says({ draining: { comeBackMs: 0 } });
    server.socket.says({ refused: { put: 1, code: 'draining', reason: 'stopping', remedy: 'wait' } });
    server.socket.drops(4000);
    server.returns();
    server.welcomes({ epoch: 'another' });
    expect(await outcomeOf(put)).toBe('outcome-unknown');
    expect(putIds(server)).toEqual([]);
  });

  it('that wait for a server that drains are rejected when the bus is closed', async () => {
    const server = new FakeServer();
    const bus = server.bus();
    server.welcomes();
    const put = bus.put('a', 1);
    server.socket.says({ refused: { put: 1, code: 'draining', reason: 'stopping', remedy: 'wait' } });
    void bus.close({ timeoutMs: 0 });
    server.clock.advance(0);
    expect(await outcomeOf(put)).toBe('closed');
  });

  it('a connection that has to drain is left when its slot has come (D2)', () => {
    const server = new FakeServer();
    const bus = server.bus();
    server.welcomes();
    server.socket.says({ draining: { comeBackMs: 700 } });
    server.clock.advance(699);
    expect(bus.state).toBe('live');
    server.clock.advance(1);
    expect(bus.state).not.toBe('live');
  });

  it('that were sent when it ended by 1009 have an unknown outcome, are not sent again; the others wait on (P7, E7)', async () => {
    const server = new FakeServer();
    const bus = server.bus();
    server.welcomes();
    const sent = bus.put('a', 1);
    server.socket.bufferedAmount = 1024 * 1024;
    const unsent = bus.put('a', 2);
    server.socket.drops(1009);
    expect([await outcomeOf(sent), await outcomeOf(unsent)]).toEqual(['outcome-unknown', 'pending']);
    server.returns();
    server.welcomes();
    expect(putIds(server)).toEqual([2]);
    server.socket.says({ accepted: { put: 2, time: 1, channels: [] } });
    expect(await outcomeOf(unsent)).toMatchObject({ time: 1 });
  });

  it('10,000 without awaiting: all accepted in order, at most 1,024 unanswered at a time', async () => {
    const server = new FakeServer();
    const bus = server.bus();
    server.welcomes();
    const puts = Array.from({ length: 10_000 }, (_, n) => bus.put('a', n));
    let answered = 0;
    let most = 0;
    while (answered < 10_000) {
      const sent = server.socket.sent.length - 1;
      most = Math.max(most, sent - answered);
      expect(sent).toBeGreaterThan(answered);
      answered += 1;
      server.socket.says({ accepted: { put: answered, time: answered, channels: [] } });
    }
    const results = await Promise.all(puts);
    expect(results.map(({ time }) => time)).toEqual(results.map((_, n) => n + 1));
    expect(putIds(server)).toEqual(results.map((_, n) => n + 1));
    expect(most).toBe(1_024);
  });

  it('wait while 1 MiB is in the socket, until the server has said something and there is room', () => {
    const server = new FakeServer();
    const bus = server.bus();
    server.welcomes();
    server.socket.bufferedAmount = 1024 * 1024;
    bus.put('a', 1).catch(() => {});
    server.socket.says({ beat: { offset: 0 } });
    expect(putIds(server)).toEqual([]);
    server.socket.bufferedAmount = 0;
    server.socket.says({ beat: { offset: 0 } });
    expect(putIds(server)).toEqual([1]);
  });

  it('beyond 16,384 reject with queue-full, until others are answered', async () => {
    const server = new FakeServer();
    const bus = server.bus();
    for (let n = 0; n < 16_384; n++) bus.put('a', n).catch(() => {});
    expect(await outcomeOf(bus.put('a', 'more'))).toBe('queue-full');
    server.welcomes().says({ accepted: { put: 1, time: 1, channels: [] } });
    expect(await outcomeOf(bus.put('a', 'more'))).toBe('pending');
  });

  it('beyond 16 MiB reject with queue-full', async () => {
    const server = new FakeServer();
    const bus = server.bus();
    const large = 'x'.repeat(60_000);
    for (let n = 0; n < 279; n++) bus.put('a', large).catch(() => {});
    expect(await outcomeOf(bus.put('a', large))).toBe('queue-full');
    expect(await outcomeOf(bus.put('a', 1))).toBe('pending');
    server.welcomes().says({ accepted: { put: 1, time: 1, channels: [] } });
    expect(await outcomeOf(bus.put('a', large))).toBe('pending');
  });

  it('that are called off are not sent; one that was sent is no longer waited for', async () => {
    const server = new FakeServer();
    const bus = server.bus();
    const unsent = new AbortController();
    const sent = new AbortController();
    const first = bus.put('a', 1, { signal: unsent.signal });
    const second = bus.put('a', 2, { signal: sent.signal });
    unsent.abort();
    server.welcomes();
    sent.abort();
    expect(putIds(server)).toEqual([2]);
    expect([await outcomeOf(first), await outcomeOf(second)]).toEqual(['aborted', 'aborted']);
    expect(await outcomeOf(bus.put('a', 3, { signal: sent.signal }))).toBe('aborted');
    expect(putIds(server)).toEqual([2]);
  });
});

describe('a failing put that nobody awaits', () => {
  it("goes to bus.on('error')", async () => {
    const server = new FakeServer();
    const bus = server.bus();
    const errors: unknown[] = [];
    bus.on('error', (error) => errors.push(error));
    void bus.put('$a', 1);
    await settle();
    server.clock.advance(0);
    expect(errors).toMatchObject([{ code: 'reserved-channel' }]);
  });

  it('goes to one console.warn without a listener, and is no unhandled rejection', async () => {
    const unhandled = vi.fn();
    process.on('unhandledRejection', unhandled);
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    const server = new FakeServer();
    const bus = server.bus();
    void bus.put('$a', 1);
    void bus.put('$b', 1);
    await settle();
    server.clock.advance(0);
    await new Promise((resolve) => setImmediate(resolve));
    expect(warn).toHaveBeenCalledOnce();
    expect(unhandled).not.toHaveBeenCalled();
    warn.mockRestore();
    process.off('unhandledRejection', unhandled);
  });

  it.each<[string, (put: Promise<unknown>) => Promise<unknown>]>([
    ['await', async (put) => await put],
    ['then', (put) => put.then(() => {})],
    ['catch', (put) => put.catch(() => {})],
    ['Promise.all', (put) => Promise.all([put])],
    ['Promise.allSettled', (put) => Promise.allSettled([put])],
  ])('is one that nobody awaits: %s counts as awaiting', async (_, check) => {
    const server = new FakeServer();
    const bus = server.bus();
    const errors: unknown[] = [];
    bus.on('error', (error) => errors.push(error));
    await check(bus.put('$a', 1)).catch(() => {});
    server.clock.advance(0);
    expect(errors).toEqual([]);
  });
});
