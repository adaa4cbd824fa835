import { LIMITS } from '@zerospan/shared';
import { describe, expect, it } from 'vitest';
import { connectAll } from '../../../cli/src/bench/connect-all.ts';
import { type BenchOptions, checkOpenFiles, planOf, subscribersOf } from '../../../cli/src/bench/plan.ts';
import { exitCodeOfBench, notesOf, resultOf, tableOf } from '../../../cli/src/bench/report.ts';
import { STAMPED_LEAST_BYTES } from '../../../cli/src/load/index.ts';
import { Failure } from '../../../cli/src/terminal/failure.ts';

const options: BenchOptions = {
  url: '127.0.0.1:8080',
  publishers: 1,
  subscribers: 5,
  channels: 0,
  channel: 'load',
  payloadBytes: 120,
  rate: 1_000,
  durationMs: 1_000,
  warmUpMs: 0,
};

describe('the plan of a bench', () => {
  it.each([
    [{ payloadBytes: STAMPED_LEAST_BYTES - 1 }, '--payload-bytes'],
    [{ payloadBytes: LIMITS.payloadBytes + 1 }, '--payload-bytes'],
    [{ subscribers: 20_001 }, '--subscribers'],
    [{ publishers: 1_001 }, '--publishers'],
    [{ channels: 100_001 }, '--channels'],
    [{ rate: 1_000_001 }, '--rate'],
    [{ channel: 'a b' }, '--channel'],
    [{ channel: '' }, '--channel'],
    [{ channel: 'x'.repeat(254), channels: 100 }, '--channel'],
    [{ channel: '$mine' }, '--channel'],
    [{ url: 'ftp://x' }, '--url'],
    [{ rate: 0, ingress: 'tcp://127.0.0.1:1' }, '--rate 0'],
    [{ subscribers: 0, ingress: 'tcp://127.0.0.1:1' }, '--ingress'],
  ])('is refused with 2 and the name of the option: %o', (wrong, named) => {
    const plan = (): unknown => planOf({ ...options, ...wrong });
    expect(plan).toThrow(Failure);
    expect(plan).toThrow(named);
    expect(plan).toThrow(expect.objectContaining({ exitCode: 2 }));
  });

  it('spreads subscribers over the channels in turn', () => {
    expect([...subscribersOf(planOf({ ...options, channels: 3 }))]).toEqual([
      ['load.0', 2],
      ['load.1', 2],
      ['load.2', 1],
    ]);
    expect([...subscribersOf(planOf(options))]).toEqual([['load', 5]]);
  });

  it('says how many open files it needs before the system refuses them', () => {
    const plan = planOf({ ...options, subscribers: 2_000 });
    expect(() => checkOpenFiles(plan, 1_024)).toThrow(/2000 subscribers .* this process may have 1024/);
    expect(() => checkOpenFiles(plan, 4_096)).not.toThrow();
    expect(() => checkOpenFiles(plan, Number.POSITIVE_INFINITY)).not.toThrow();
  });
});

describe('connecting many', () => {
  const never = new AbortController().signal;

  /** Connections that stand, or fail, when the test says so. */
  class Doors {
    readonly opened: { ready: () => void; ended: (reason: string) => void }[] = [];
    readonly standing: number[] = [];
    readonly gone: string[] = [];
    readonly to = 'ws://there/bus';
    readonly open = (_: number, ready: () => void, ended: (reason: string) => void): void => {
      this.opened.push({ ready, ended });
    };
    readonly connected = (count: number): void => void this.standing.push(count);
    readonly lost = (reason: string): void => void this.gone.push(reason);
  }

  it('has a hundred under way at a time, and ends when all stand', async () => {
    const doors = new Doors();
    const all = connectAll(250, doors, never);
    expect(doors.opened).toHaveLength(100);
    doors.opened[0]?.ready();
    expect(doors.opened).toHaveLength(101);
    for (let i = 1; i < 250; i++) doors.opened[i]?.ready();
    await all;
    expect(doors.opened).toHaveLength(250);
    expect(doors.standing.at(-1)).toBe(250);
  });

  it('ends with 69 and the reason at the first that fails, and opens no more', async () => {
    const doors = new Doors();
    const all = connectAll(250, doors, never);
    doors.opened[0]?.ready();
    doors.opened[1]?.ended('refused');
    await expect(all).rejects.toMatchObject({
      exitCode: 69,
      message: 'cannot connect to ws://there/bus: refused (connection 2 of 250)',
    });
    doors.opened[2]?.ready();
    expect(doors.opened).toHaveLength(101);
  });

  it('ends with 69 when none comes to stand', async () => {
    const all = connectAll(1, Object.assign(new Doors(), { patienceMs: 1 }), never);
    await expect(all).rejects.toMatchObject({ exitCode: 69, message: expect.stringContaining('no answer') });
  });

  it('reports one that stood and ended, during and after, and goes on', async () => {
    const doors = new Doors();
    const all = connectAll(2, doors, never);
    doors.opened[0]?.ready();
    doors.opened[0]?.ended('cut');
    doors.opened[1]?.ready();
    await all;
    doors.opened[1]?.ended('cut later');
    expect(doors.gone).toEqual(['cut', 'cut later']);
  });

  it('can be called off', async () => {
    const off = new AbortController();
    const all = connectAll(1, new Doors(), off.signal);
    off.abort();
    await expect(all).rejects.toMatchObject({ code: 'aborted' });
  });
});

describe('the result of a bench', () => {
  const received = { publications: 20, bytes: 0, disordered: 0, gaps: 0, closed: 0, delays: [] };
  const put = { sent: 4, notSent: 0, accepted: 4, refused: 0, refusedByCode: {}, due: 20, answers: [] };
  const measure = {
    durationMs: 4,
    receivedMs: 10,
    interrupted: false,
    busyShare: 0.5,
    unanswered: 0,
    received,
    put,
  };
  const resultWith = (changes: object, inner: { received?: object; put?: object } = {}) =>
    resultOf(planOf(options), {
      ...measure,
      ...changes,
      received: { ...received, ...inner.received },
      put: { ...put, ...inner.put },
    });

  it('is 0 when everything that was due has come', () => {
    expect(exitCodeOfBench(resultWith({}))).toBe(0);
    expect(notesOf(resultWith({}))).toEqual([]);
  });

  it.each([
    ['lost', {}, { received: { publications: 19 } }],
    ['disordered', {}, { received: { disordered: 1 } }],
    ['refused', {}, { put: { refused: 1 } }],
    ['unanswered', { unanswered: 1 }, {}],
    ['a connection lost', {}, { received: { closed: 1 } }],
  ])('is 1 with something %s', (_, changes, inner) => {
    expect(exitCodeOfBench(resultWith(changes, inner))).toBe(1);
  });

  it('reports losses in numbers and per cent, and rates by the time in which it came', () => {
    const result = resultWith({}, { received: { publications: 15 } });
    expect(result).toMatchObject({
      lost: 5,
      lostPercent: 25,
      sentPerSecond: 1_000,
      receivedPerSecond: 1_500,
    });
    expect(tableOf(result).join('\n')).toMatch(/lost +5 +25 %/);
  });

  it('has no figure for what was not measured', () => {
    expect(resultWith({}).delayMs).toEqual({ p50: null, p90: null, p99: null, p999: null, max: null });
    const native = resultOf(planOf({ ...options, ingress: 'tcp://127.0.0.1:1' }), measure);
    expect(native).toMatchObject({ accepted: null, refused: null, unanswered: null, answerMs: null });
    expect(tableOf(native).join('\n')).not.toContain('accepted');
  });

  it('says what keeps the figures from being the server’s own', () => {
    const notes = notesOf(
      resultWith({ busyShare: 0.9, durationMs: 8 }, { received: { publications: 22 } }),
    ).join('\n');
    expect(notes).toContain('2 more came than was due');
    expect(notes).toContain('500/s of 1,000/s');
    expect(notes).toContain('busy 90 %');
  });
});
