import { expect, it } from 'vitest';
import { range, testBus } from '../support/buses.ts';
import { testServer } from '../support/server.ts';
import { until } from '../support/until.ts';

const CHANNELS = range(1, 10_000).map((i) => `c.${i}`);
const GROUPS = range(0, 9).map((i) => CHANNELS.slice(1_000 * i, 1_000 * (i + 1)));

it('a view shows 10,000 channels, follows them, and is current again after a restart of the server', async () => {
  const first = await testServer();
  const [bus, putter] = [testBus(first.ws), testBus(first.ws)];
  await Promise.all(GROUPS.map((channels) => putter.put(channels, 'before')));
  const view = bus.view({ prefix: 'c.' });
  let changes = 0;
  view.subscribe(() => changes++);
  await view.ready;
  expect([view.entries.size, view.complete, view.state]).toEqual([10_000, true, 'current']);
  expect(changes).toBeLessThan(10_000);
  await Promise.all(GROUPS.map((channels, i) => putter.put(channels, i)));
  await until('the changes', () => GROUPS.every(([name = ''], i) => view.get(name)?.message === i));
  await until('all of them', () => [...view.entries.values()].every(({ message }) => message !== 'before'));

  await first.stop();
  expect(view.state).toBe('stale');
  expect(view.entries.size).toBe(10_000);
  const second = await testServer({ port: Number(new URL(first.url).port) });
  await testBus(second.ws).put('c.1', 'after');
  await until('the new log', () => view.state === 'current' && view.get('c.1')?.message === 'after');
  expect([[...view.entries.keys()], view.complete]).toEqual([['c.1'], true]);
}, 60_000);

it('polls ask 10,000 channels, and count each of their answers', async () => {
  const { ws } = await testServer();
  const [bus, voters] = [testBus(ws), testBus(ws)];
  const listener = voters.subscribe({ prefix: 'c.' });
  listener.on('publication', ({ channel, message }) => {
    const { question } = message as { question?: number };
    // Each hundredth does not answer.
    if (question !== undefined && !channel.endsWith('00')) void voters.put(channel, { answer: question });
  });
  await listener.ready;
  const polls = GROUPS.map((channels, question) =>
    bus.poll(
      channels,
      { question },
      { timeoutMs: 30_000, isAnswer: ({ message }) => (message as { answer?: number }).answer === question },
    ),
  );
  const results = await Promise.all(polls.map(({ question }) => question));
  expect(results.map(({ channels }) => channels.length)).toEqual(GROUPS.map(() => 1_000));
  await until('the answers', () => polls.every(({ answers }) => answers.size === 990), 30_000);
  for (const poll of polls) {
    void poll.close();
    await poll.done;
    expect([poll.missing.every((name) => name.endsWith('00')), poll.unknown]).toEqual([true, []]);
  }
}, 60_000);
