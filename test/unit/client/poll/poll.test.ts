import { LIMITS } from '@zerospan/shared';
import { describe, expect, it, vi } from 'vitest';
import type { Bus } from '../../../../client/src/bus.ts';
import type { Poll, PollOptions } from '../../../../client/src/poll/poll.ts';
import {
  FakeServer,
  type FakeSocket,
  outcomeOf,
  settle,
  subscribed,
} from '../../../support/client-socket.ts';

const CHANNELS = ['a', 'b'];
const QUESTION = { vote: 'lunch?' };

interface Scene {
  server: FakeServer;
  socket: FakeSocket;
  bus: Bus;
  poll: Poll;
}

/** A poll whose question has been sent. */
async function asking(options: PollOptions = {}): Promise<Scene> {
  const server = new FakeServer();
  const bus = server.bus();
  const poll = bus.poll(CHANNELS, QUESTION, options);
  const socket = server.welcomes();
  socket.says(subscribed(1, 0));
  await settle();
  return { server, socket, bus, poll };
}

/** One whose question is at 5 on `a` and at 6 on `b`. */
async function asked(options: PollOptions = {}): Promise<Scene> {
  const scene = await asking(options);
  accepts(scene.socket);
  await settle();
  return scene;
}

function accepts(socket: FakeSocket, put = 1): void {
  const channels = CHANNELS.map((channel, i) => ({
    channel,
    offset: 5 + i,
    sessions: 1,
    nativeSubscriptions: 0,
  }));
  socket.says({ accepted: { put, time: 7, channels } });
}

const refused = (put: number, code: string) => ({ refused: { put, code, reason: 'no', remedy: 'none' } });

function answers(poll: Poll): string[] {
  return [...poll.answers.values()].map(({ channel, message }) => `${channel} ${JSON.stringify(message)}`);
}

describe('a poll', () => {
  it('subscribes to all channels first, and then puts the question on all of them at once', async () => {
    const server = new FakeServer();
    server.bus().poll(['a', 'b', 'a'], QUESTION);
    const socket = server.welcomes();
    expect(socket.hello.subscriptions).toEqual([{ id: 1, channels: ['a', 'b'] }]);
    await settle();
    expect(socket.messages).toHaveLength(1);
    socket.says(subscribed(1, 0));
    await settle();
    expect(socket.messages.at(-1)).toEqual({
      put: { id: 1, channels: ['a', 'b'] },
      payload: JSON.stringify(QUESTION),
    });
  });

  it('counts what comes behind the question, and not the question', async () => {
    const { socket, poll } = await asking();
    socket.publishes(4, 'a', 'before');
    socket.publishes(5, 'a', QUESTION);
    socket.publishes(6, 'b', QUESTION);
    socket.publishes(7, 'b', 'early');
    expect([answers(poll), poll.missing]).toEqual([[], CHANNELS]);
    accepts(socket);
    await settle();
    expect([answers(poll), poll.missing, await outcomeOf(poll.done)]).toEqual([
      ['b "early"'],
      ['a'],
      'pending',
    ]);
    socket.publishes(8, 'a', 'yes');
    expect(answers(poll)).toEqual(['b "early"', 'a "yes"']);
    expect(await outcomeOf(poll.done)).toBe(poll);
    expect(await poll.question).toMatchObject({ time: 7, channels: [{ channel: 'a', offset: 5 }, {}] });
  });

  it('asks isAnswer what counts, with the place of the question on that channel', async () => {
    const questions: unknown[] = [];
    const { socket, poll } = await asked({
      isAnswer: ({ message }, question) => {
        questions.push(question);
        return message === 'yes';
      },
    });
    socket.publishes(7, 'b', 'late answer to another');
    socket.publishes(8, 'b', 'yes');
    expect(answers(poll)).toEqual(['b "yes"']);
    expect(questions).toEqual([
      { offset: 6, message: QUESTION },
      { offset: 6, message: QUESTION },
    ]);
  });

  it.each([
    ['first', ['a "no"']],
    ['latest', ['a "yes"']],
  ] as const)('keeps the %s answer of a channel', async (keep, expected) => {
    const { socket, poll } = await asked({ keep });
    socket.publishes(7, 'a', 'no');
    socket.publishes(8, 'a', 'yes');
    expect(answers(poll)).toEqual(expected);
  });

  it('tallies', async () => {
    const { socket, poll } = await asked();
    socket.publishes(7, 'a', { vote: 'yes' });
    socket.publishes(8, 'b', { vote: 'yes' });
    const vote = ({ message }: { message: unknown }) => (message as { vote: string }).vote;
    expect([...poll.tally(vote)]).toEqual([['yes', 2]]);
  });

  it('waits for the receipt of the question, and counts answers before it', async () => {
    const { socket, poll } = await asked({ confirm: { timeoutMs: 500 } });
    socket.publishes(7, 'a', 'yes');
    socket.publishes(8, 'b', 'yes');
    expect(await outcomeOf(poll.done)).toBe(poll);
    expect(await outcomeOf(poll.question)).toBe('pending');
    const channels = CHANNELS.map((channel, i) => ({
      channel,
      offset: 5 + i,
      confirmed: 1,
      skipped: 0,
      unanswered: 0,
    }));
    socket.says({ confirmed: { put: 1, channels } });
    expect(await poll.question).toMatchObject({ channels: [{ confirmed: 1 }, { confirmed: 1 }] });
  });
});

describe('the end of a poll', () => {
  it('comes with the last first answer, and leaves nothing behind', async () => {
    const { server, socket, poll } = await asked();
    socket.publishes(7, 'a', 'yes');
    socket.publishes(8, 'b', 'yes');
    expect(socket.messages.at(-1)).toEqual({ unsubscribe: { id: 1 } });
    socket.says({ unsubscribed: { id: 1 } });
    server.clock.advance(1_000);
    expect(await outcomeOf(poll.done)).toBe(poll);
  });

  it('comes after 10 s; then answers are late, for 60 s', async () => {
    const { server, socket, poll } = await asked();
    socket.publishes(7, 'a', 'yes');
    server.clock.advance(9_999);
    expect(await outcomeOf(poll.done)).toBe('pending');
    server.clock.advance(1);
    expect(await outcomeOf(poll.done)).toBe(poll);
    socket.publishes(8, 'b', 'late');
    // It has answered in time.
    socket.publishes(9, 'a', 'again');
    expect([answers(poll), poll.missing]).toEqual([['a "yes"'], ['b']]);
    expect(poll.late.map(({ message }) => message)).toEqual(['late']);
    const unsubscribes = () => socket.messages.filter((message) => 'unsubscribe' in message).length;
    for (let ms = 0; ms < 60_000; ms += 20_000) {
      socket.says({ beat: { offset: 9 } });
      expect(unsubscribes()).toBe(0);
      server.clock.advance(20_000);
    }
    expect(unsubscribes()).toBe(1);
    socket.publishes(10, 'b', 'too late');
    expect(poll.late).toHaveLength(1);
  });

  it('of which the latest count collects late answers although all have answered', async () => {
    const { socket, poll } = await asked({ keep: 'latest' });
    socket.publishes(7, 'a', 'yes');
    socket.publishes(8, 'b', 'yes');
    expect(await outcomeOf(poll.done)).toBe(poll);
    socket.publishes(9, 'b', 'no');
    expect([answers(poll), poll.late.length]).toEqual([['a "yes"', 'b "yes"'], 1]);
  });

  it('keeps of late answers the newest 1,000', async () => {
    const { server, socket, poll } = await asked();
    server.clock.advance(10_000);
    for (let offset = 7; offset < 1_100; offset++) socket.publishes(offset, 'a');
    expect([poll.late.length, poll.late.at(-1)?.offset]).toEqual([1_000, 1_099]);
  });

  it('comes with close(), which collects nothing more', async () => {
    const { socket, poll } = await asked();
    socket.publishes(7, 'a', 'yes');
    void poll.close();
    expect(await outcomeOf(poll.done)).toBe(poll);
    socket.publishes(8, 'b', 'yes');
    expect([answers(poll), poll.late, poll.missing]).toEqual([['a "yes"'], [], ['b']]);
    expect(socket.messages.at(-1)).toEqual({ unsubscribe: { id: 1 } });
  });

  it('comes with the end of its bus', async () => {
    const { bus, poll } = await asked();
    void bus.close({ timeoutMs: 0 });
    expect(await outcomeOf(poll.done)).toBe(poll);
  });
});

describe('a loop over a poll', () => {
  it('gives the answers as they come, and ends with it', async () => {
    const { server, socket, poll } = await asked();
    socket.publishes(7, 'b', 'yes');
    const read: unknown[] = [];
    const loop = (async () => {
      for await (const { message } of poll) read.push(message);
      return 'over';
    })();
    await settle();
    expect(read).toEqual(['yes']);
    server.clock.advance(10_000);
    expect(await outcomeOf(loop)).toBe('over');
  });

  it('that does not read is given of each channel the answer that counts', async () => {
    const { socket, poll } = await asked({ keep: 'latest' });
    const loop = poll[Symbol.asyncIterator]();
    for (let offset = 7; offset < 100; offset++) socket.publishes(offset, 'a');
    socket.publishes(100, 'b');
    const read = [await loop.next(), await loop.next(), await loop.next()];
    expect(read.map(({ value }) => value?.offset)).toEqual([99, 100, undefined]);
  });

  it('can be left, and the poll goes on', async () => {
    const { socket, poll } = await asked();
    socket.publishes(7, 'b', 'yes');
    for await (const _ of poll) break;
    socket.publishes(8, 'a', 'yes');
    expect(await outcomeOf(poll.done)).toBe(poll);
  });

  it('throws what the question failed with', async () => {
    const { socket, poll } = await asking();
    const waits = poll[Symbol.asyncIterator]().next();
    socket.says(refused(1, 'forbidden'));
    expect(await outcomeOf(waits)).toBe('forbidden');
    expect(await outcomeOf(poll[Symbol.asyncIterator]().next())).toBe('forbidden');
  });
});

describe('a poll that something is lost of', () => {
  it('does not count the channels of a gap as missing', async () => {
    const { server, socket, poll } = await asked();
    socket.publishes(7, 'a', 'yes');
    const gap = { subscriptions: [1], reason: 'lag', epoch: 'e1', from: 8, to: 9, missed: 2 } as const;
    socket.says({ gap });
    expect([poll.missing, poll.unknown]).toEqual([[], ['b']]);
    server.clock.advance(10_000);
    expect(await outcomeOf(poll.done)).toBe(poll);
  });

  it('counts as missing what lost something before the question', async () => {
    const { socket, poll } = await asking();
    const gap = { subscriptions: [1], reason: 'lag', epoch: 'e1', from: 1, to: 5, missed: 2 } as const;
    socket.says({ gap });
    accepts(socket);
    await settle();
    expect([poll.missing, poll.unknown]).toEqual([CHANNELS, []]);
  });

  it('knows of which channel something never reached the log', async () => {
    const { socket, poll } = await asked();
    socket.says({ gap: { channel: 'a', reason: 'upstream', epoch: 'e1', from: 7, to: 7, missed: 1 } });
    expect([poll.missing, poll.unknown]).toEqual([['b'], ['a']]);
  });

  it('goes on in another log, where each answer is behind the question', async () => {
    const { server, socket, poll } = await asked({ timeoutMs: 100_000 });
    socket.drops();
    server.returns();
    const next = server.welcomes({ epoch: 'e2' });
    next.says(subscribed(1, 0));
    expect([poll.missing, poll.unknown]).toEqual([[], CHANNELS]);
    next.publishes(1, 'a', 'yes');
    next.publishes(2, 'b', 'yes');
    expect([answers(poll), await outcomeOf(poll.done)]).toEqual([['a "yes"', 'b "yes"'], poll]);
  });

  it('does not count answers in a log that had ended before the question', async () => {
    const server = new FakeServer();
    const bus = server.bus();
    const poll = bus.poll(CHANNELS, QUESTION, { timeoutMs: 100_000 });
    const socket = server.welcomes();
    socket.says(subscribed(1, 0));
    // It comes before the question is sent: that is a promise later.
    socket.publishes(50, 'a', 'of the log before');
    socket.drops();
    await settle();
    server.returns();
    const next = server.welcomes({ epoch: 'e2' });
    next.says(subscribed(1, 0));
    accepts(next);
    await settle();
    expect([answers(poll), poll.missing, poll.unknown]).toEqual([[], CHANNELS, []]);
  });
});

describe('a poll whose outcome is unknown', () => {
  it('says so, and counts what is behind the copy of the question', async () => {
    const { socket, poll } = await asking();
    socket.publishes(4, 'a', 'before');
    socket.publishes(5, 'a', QUESTION);
    socket.publishes(6, 'a', 'yes');
    socket.says(refused(1, 'outcome-unknown'));
    await settle();
    expect(await outcomeOf(poll.question)).toBe('outcome-unknown');
    expect([answers(poll), poll.missing, poll.unknown]).toEqual([['a "yes"'], [], ['b']]);
    socket.publishes(7, 'b', 'before');
    socket.publishes(8, 'b', QUESTION);
    expect([poll.missing, poll.unknown]).toEqual([['b'], []]);
    socket.publishes(9, 'b', 'yes');
    expect([await outcomeOf(poll.done), answers(poll)]).toEqual([poll, ['a "yes"', 'b "yes"']]);
  });

  it('after a restart counts what comes in the new log', async () => {
    const { server, socket, poll } = await asking({ timeoutMs: 100_000 });
    socket.publishes(4, 'a', 'before');
    socket.drops();
    server.returns();
    const next = server.welcomes({ epoch: 'e2' });
    next.says(subscribed(1, 0));
    await settle();
    expect(await outcomeOf(poll.question)).toBe('outcome-unknown');
    next.publishes(1, 'b', 'yes');
    expect([answers(poll), poll.missing, poll.unknown]).toEqual([['b "yes"'], [], ['a']]);
    server.clock.advance(100_000);
    expect(await outcomeOf(poll.done)).toBe(poll);
  });
});

describe('a poll that fails', () => {
  it.each(['forbidden', 'too-many-confirms'])('by %s rejects question and done alike', async (code) => {
    const { socket, poll } = await asking();
    socket.says(refused(1, code));
    expect([await outcomeOf(poll.question), await outcomeOf(poll.done)]).toEqual([code, code]);
    expect(socket.messages.at(-1)).toEqual({ unsubscribe: { id: 1 } });
  });

  it('by its subscription puts nothing', async () => {
    const server = new FakeServer();
    const poll = server.bus().poll(CHANNELS, QUESTION);
    const socket = server.welcomes();
    socket.says({ refused: { subscription: 1, code: 'forbidden', reason: 'no', remedy: 'none' } });
    expect([await outcomeOf(poll.question), await outcomeOf(poll.done)]).toEqual(['forbidden', 'forbidden']);
    expect(socket.messages).toHaveLength(1);
  });

  it('by a question that is no JSON does so too', async () => {
    const server = new FakeServer();
    const poll = server.bus().poll(CHANNELS, Number.NaN);
    server.welcomes().says(subscribed(1, 0));
    expect([await outcomeOf(poll.question), await outcomeOf(poll.done)]).toEqual(['not-json', 'not-json']);
  });

  it('by time before the question is accepted, which is then not put any more', async () => {
    const server = new FakeServer();
    const poll = server.bus().poll(CHANNELS, QUESTION, { timeoutMs: 50 });
    server.clock.advance(50);
    expect([await outcomeOf(poll.question), await outcomeOf(poll.done)]).toEqual(['timeout', 'timeout']);
    const socket = server.welcomes();
    await settle();
    expect(socket.hello.subscriptions).toEqual([]);
    expect(socket.messages).toHaveLength(1);
  });

  it.each([
    ['close()', 'closed', (poll: Poll, _bus: Bus, _abort: AbortController) => void poll.close()],
    ['its signal', 'aborted', (_poll: Poll, _bus: Bus, abort: AbortController) => abort.abort()],
    ['its bus', 'closed', (_poll: Poll, bus: Bus) => void bus.close({ timeoutMs: 0 })],
  ])('by %s before that', async (_, code, end) => {
    const abort = new AbortController();
    const { bus, poll } = await asking({ signal: abort.signal });
    end(poll, bus, abort);
    expect([await outcomeOf(poll.question), await outcomeOf(poll.done)]).toEqual([code, code]);
  });

  it('by its signal rejects done, and keeps what it has', async () => {
    const abort = new AbortController();
    const { socket, poll } = await asked({ signal: abort.signal });
    socket.publishes(7, 'a', 'yes');
    abort.abort();
    expect([await outcomeOf(poll.done), answers(poll)]).toEqual(['aborted', ['a "yes"']]);
  });

  it('is no unhandled rejection, and is reported once if nobody asks for it', async () => {
    const unhandled = vi.fn();
    process.on('unhandledRejection', unhandled);
    const reports: unknown[] = [];
    for (const ask of [undefined, 'question', 'done', 'loop'] as const) {
      const { server, socket, bus, poll } = await asking();
      bus.on('error', ({ code }) => reports.push([ask, code]));
      if (ask === 'question' || ask === 'done') poll[ask].catch(() => {});
      if (ask === 'loop')
        void poll[Symbol.asyncIterator]()
          .next()
          .catch(() => {});
      socket.says(refused(1, 'forbidden'));
      await settle();
      server.clock.advance(0);
    }
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', unhandled);
    expect([unhandled.mock.calls, reports]).toEqual([[], [[undefined, 'forbidden']]]);
  });

  it.each<[string, (bus: Bus) => unknown, unknown]>([
    ['no channel', (bus) => bus.poll([], 1), { code: 'no-channels' }],
    ['a bad channel', (bus) => bus.poll(['a b'], 1), { code: 'bad-channel' }],
    [
      'more channels than a put may have',
      (bus) =>
        bus.poll(
          Array.from({ length: LIMITS.putChannels + 1 }, (_, i) => `c${i}`),
          1,
        ),
      { code: 'too-many-channels' },
    ],
    ['a bad confirm', (bus) => bus.poll('a', 1, { confirm: { timeoutMs: 0 } }), { code: 'bad-confirm' }],
    ['no time', (bus) => bus.poll('a', 1, { timeoutMs: 0 }), { name: 'RangeError' }],
    ['too much time', (bus) => bus.poll('a', 1, { timeoutMs: 2 ** 31 }), { name: 'RangeError' }],
    ['another keep', (bus) => bus.poll('a', 1, { keep: 'last' as 'latest' }), { name: 'TypeError' }],
  ])('at once with %s', (_, poll, error) => {
    expect(() => poll(new FakeServer().bus())).toThrow(expect.objectContaining(error));
  });

  it('throws for more channels than a subscription of this server may have', () => {
    const server = new FakeServer();
    const bus = server.bus();
    server.welcomes({ limits: { ...LIMITS, filters: 1 } });
    expect(() => bus.poll(CHANNELS, 1)).toThrow(expect.objectContaining({ code: 'too-many-filters' }));
  });
});
