import fastify from 'fastify';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { GATE_MS } from '../../../server/src/core/access/ask.ts';
import { allowAll } from '../../../server/src/core/access/gate.ts';
import { meter } from '../../../server/src/core/meter.ts';
import { AddressRanges } from '../../../server/src/web/entry/address-ranges.ts';
import { Callers } from '../../../server/src/web/entry/caller.ts';
import { addMetrics } from '../../../server/src/web/http/metrics.ts';
import { KEPT_MS, REST } from '../../../server/src/web/http/scrapes.ts';
import { TestGate } from '../../support/grants.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { until } from '../../support/until.ts';

/** Lets what is due in this process happen. */
async function turns(): Promise<void> {
  for (let i = 0; i < 10; i++) await new Promise(setImmediate);
}

function metrics({
  gate,
  readers = 'everybody',
  behindProxy = [],
  costMs = 0,
}: {
  gate?: TestGate;
  readers?: 'nobody' | 'everybody';
  behindProxy?: string[];
  costMs?: number;
} = {}) {
  const app = fastify();
  onTestFinished(() => app.close());
  const clock = new ManualClock();
  const proxies = new AddressRanges(behindProxy);
  const bodies: string[] = [];
  let reads = 0;
  const meters = [
    meter('counter', 'zerospan_reads_total', 'Reads', () => {
      clock.advance(costMs);
      return ++reads;
    }),
  ];
  const reported: string[] = [];
  const judge = gate ?? (readers === 'nobody' ? allowAll : undefined);
  addMetrics(app, meters, {
    clock,
    readers: judge
      ? { gate: judge, clock, events: { report: (event) => reported.push(event) } }
      : 'everybody',
    isOfThisMachine: (request) => new Callers(proxies, true).isLocal(request),
  });
  /** What one is answered who connects from there: a status, and how often the meters had been read. */
  const ask = async (remoteAddress: string, authorization?: string) => {
    const headers = authorization === undefined ? {} : { authorization };
    const { statusCode, body } = await app.inject({ url: '/metrics', remoteAddress, headers });
    bodies.push(body);
    const read = /^zerospan_reads_total (\d+)$/m.exec(body)?.[1];
    return read === undefined ? statusCode : Number(read);
  };
  return { ask, clock, bodies, reported };
}

describe('/metrics', () => {
  it('takes a few ms of a turn of the event loop, however long all of it takes', async () => {
    let nowMs = 0;
    let turn = 0;
    const now = vi.spyOn(performance, 'now').mockImplementation(() => nowMs);
    onTestFinished(() => now.mockRestore());
    const app = fastify();
    onTestFinished(() => app.close());
    const turnsOf: number[] = [];
    const slow = (i: number) =>
      meter('gauge', `zerospan_slow_${i}`, 'Takes 4 ms', () => {
        nowMs += 4;
        return turnsOf.push(turn);
      });
    addMetrics(app, [0, 1, 2, 3, 4].map(slow), {
      clock: new ManualClock(),
      readers: 'everybody',
      isOfThisMachine: () => true,
    });
    let isOver = false;
    const count = (): void => {
      turn += 1;
      if (!isOver) setImmediate(count);
    };
    count();
    const { body } = await app.inject({ url: '/metrics' });
    isOver = true;
    for (let i = 0; i < 5; i++) expect(body).toContain(`\nzerospan_slow_${i} ${i + 1}\n`);
    // Two of them take 8 ms.
    expect(new Set(turnsOf).size).toBe(3);
  });

  it('where a gate says who is an admin asks for a token, from anywhere but this machine', async () => {
    const gate = new TestGate().knows('ops', 'ops', { admin: true }).knows('alice', 'alice');
    const { ask } = metrics({ gate, behindProxy: ['127.0.0.9'] });
    for (const here of ['127.0.0.1', '::1', '::ffff:127.0.0.1']) expect(await ask(here)).toBeLessThan(10);
    // Through a proxy comes anybody, wherever it stands.
    for (const from of ['192.0.2.1', '127.0.0.9']) {
      expect(await ask(from)).toBe(401);
      expect(await ask(from, 'Bearer forged')).toBe(401);
      expect(await ask(from, 'Bearer alice')).toBe(403);
      expect(await ask(from, 'Bearer ops')).toBeLessThan(10);
    }
  });

  it('where nobody judges tokens is for this machine alone', async () => {
    const { ask, bodies } = metrics({ readers: 'nobody' });
    expect(await ask('127.0.0.1')).toBe(1);
    expect(await ask('192.0.2.1')).toBe(403);
    expect(await ask('192.0.2.1', 'Bearer ops')).toBe(403);
    expect(JSON.parse(bodies.at(-1) ?? '')).toMatchObject({ code: 'forbidden' });
  });

  it('gives a stranger no reason of a gate that fails, but asks it to retry', async () => {
    const { ask, bodies, reported } = metrics({
      gate: new TestGate().refuses('broken', new Error('canary')),
    });
    expect(await ask('192.0.2.1', 'Bearer broken')).toBe(503);
    expect(bodies.join()).not.toContain('canary');
    expect(reported).toEqual(['gate-failed']);
  });

  it('keeps nobody waiting for ever where the gate does not answer', async () => {
    const gate = new TestGate();
    gate.waits = true;
    const { ask, clock } = metrics({ gate });
    const status = ask('192.0.2.1', 'Bearer ops');
    await until('the question', () => clock.pending === 1);
    clock.advance(GATE_MS);
    expect(await status).toBe(503);
  });

  it('reads the meters once in a second for all others than this machine, and for that each time', async () => {
    const { ask, clock } = metrics();
    expect(await ask('192.0.2.1')).toBe(1);
    for (let i = 0; i < 20; i++) expect(await ask('192.0.2.2')).toBe(1);
    expect([await ask('127.0.0.1'), await ask('127.0.0.1')]).toEqual([2, 3]);
    clock.advance(KEPT_MS - 1);
    expect(await ask('192.0.2.1')).toBe(3);
    clock.advance(1);
    expect(await ask('192.0.2.1')).toBe(4);
    clock.set(clock.now() - 3_600_000);
    expect(await ask('192.0.2.1')).toBe(4);
    clock.set(clock.now() + 7_200_000);
    expect(await ask('192.0.2.1')).toBe(4);
    clock.advance(KEPT_MS);
    expect(await ask('192.0.2.1')).toBe(5);
  });

  it('reads the meters once for all requests that wait, and never shows one what was true before it came', async () => {
    const { ask } = metrics();
    const all = await Promise.all(Array.from({ length: 50 }, () => ask('127.0.0.1')));
    // The first is read at once, and all that come meanwhile by the next.
    expect(all).toEqual([1, ...Array<number>(49).fill(2)]);
    expect(await ask('127.0.0.1')).toBe(3);
  });

  it('rests three times as long as reading took, and then answers all that came meanwhile', async () => {
    const costMs = 50;
    const { ask, clock } = metrics({ costMs });
    expect(await ask('127.0.0.1')).toBe(1);
    const answers: unknown[] = [];
    for (let i = 0; i < 20; i++) void ask('127.0.0.1').then((answer) => answers.push(answer));
    await until('the rest', () => clock.pending === 1);
    clock.advance(REST * costMs - 1);
    await turns();
    expect(answers).toEqual([]);
    clock.advance(1);
    await until('the answers', () => answers.length === 20);
    expect(answers).toEqual(Array<number>(20).fill(2));
  });

  it('rests a second at most', async () => {
    const { ask, clock } = metrics({ costMs: 5_000 });
    await ask('127.0.0.1');
    const answer = ask('127.0.0.1');
    await until('the rest', () => clock.pending === 1);
    clock.advance(1_000);
    expect(await answer).toBe(2);
  });
});
