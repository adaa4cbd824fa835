import { fc, test } from '@fast-check/vitest';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Requester } from '../../../server/src/core/access/requester.ts';
import { Fanout } from '../../../server/src/core/fanout/fanout.ts';
import { Rest } from '../../../server/src/core/fanout/rest.ts';
import { MemoryLog } from '../../../server/src/logs/memory/index.ts';
import { webSocketEncoding } from '../../../server/src/web/socket/encoding.ts';
import { TestBus } from '../../support/core.ts';
import { grants } from '../../support/grants.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const NOBODY = { subject: undefined, grants: grants(), expiresMs: undefined };
const SOMEBODY = new Requester(NOBODY, { session: 's', client: 'c', address: '' }, 'a');

describe('a rest', () => {
  it('is none before anything was done', () => {
    expect(new Rest().leftMs(0)).toBe(0);
  });

  it('is three times as long as the work, and over when that has passed', () => {
    const rest = new Rest();
    rest.worked(100, 102, true);
    expect([102, 104, 107.5, 108, 1_000].map((now) => rest.leftMs(now))).toEqual([6, 4, 0.5, 0, 0]);
  });

  it('is 8 ms at most', () => {
    const rest = new Rest();
    rest.worked(100, 150, true);
    expect(rest.leftMs(150)).toBe(8);
  });

  const ms = fc.integer({ min: 1, max: 20 });
  test.prop([fc.array(ms, { minLength: 1, maxLength: 5 }), ms])(
    'is none between the parts of a flush, and after the last one goes by what all of them took',
    (parts, between) => {
      const rest = new Rest();
      // The rest of an earlier flush is not over yet.
      rest.worked(0, 3, true);
      let nowMs = 3;
      let workedMs = 0;
      for (const [i, partMs] of parts.entries()) {
        const isDone = i === parts.length - 1;
        rest.worked(nowMs, nowMs + partMs, isDone);
        nowMs += partMs;
        workedMs += partMs;
        expect(rest.leftMs(nowMs)).toBe(isDone ? Math.min(3 * workedMs, 8) : 0);
        if (!isDone) nowMs += between;
      }
    },
  );
});

describe('fan-out', () => {
  let nowMs: number;
  beforeEach(() => {
    nowMs = 1_000;
    vi.spyOn(performance, 'now').mockImplementation(() => nowMs);
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });

  /** Fan-out with one session a channel, each of which takes so long to write to. */
  function scene(costs: Record<string, number>) {
    const log = new MemoryLog({ clock: new ManualClock(), bytes: 1e8, lastBytes: 0, ageMs: 0 });
    const due: { action: () => void; restMs: number | undefined }[] = [];
    const written: string[] = [];
    const fanout = new Fanout(log, { entries: 8, bytes: 1e9 }, (action, restMs) =>
      due.push({ action, restMs }),
    );
    for (const [channel, costMs] of Object.entries(costs)) {
      fanout.goLive(fanout.cohorts.enter(webSocketEncoding, { channels: [channel], prefixes: [] }), {
        requester: SOMEBODY,
        take: () => {
          nowMs += costMs;
          written.push(channel);
          return true;
        },
        fallBehind: () => undefined,
        witnesses: undefined,
      });
    }
    const put = (...channels: string[]) =>
      log.append({ channels, payload: Buffer.from('1'), republish: true });
    /** Runs what is due; answers how long a rest had been asked for. */
    const turn = (): number | undefined => {
      const next = due.shift();
      next?.action();
      return next?.restMs;
    };
    return { put, turn, due, written };
  }

  it('asks its port for no rest at first, and then for three times what the last flush took', async () => {
    const { put, turn } = scene({ a: 2 });
    put('a');
    expect(turn()).toBe(0);
    put('a');
    expect(turn()).toBe(6);
  });

  it('asks for 8 ms at most', async () => {
    const { put, turn } = scene({ a: 9 });
    put('a');
    turn();
    put('a');
    expect(turn()).toBe(8);
  });

  it('asks only for what is left of its rest when something comes', async () => {
    const { put, turn } = scene({ a: 2 });
    put('a');
    turn();
    nowMs += 4;
    put('a');
    expect(turn()).toBe(2);
    nowMs += 6;
    put('a');
    expect(turn()).toBe(0);
  });

  it('asks once for all that comes during a rest, which leaves in one write', async () => {
    const { put, turn, due, written } = scene({ a: 2 });
    put('a');
    turn();
    for (let i = 0; i < 5; i++) put('a');
    expect(due.map(({ restMs }) => restMs)).toEqual([6]);
    turn();
    expect(written).toEqual(['a', 'a']);
  });

  it('asks for no rest between two parts of one flush, and rests after the last one', async () => {
    const { put, turn, due, written } = scene({ a: 6, b: 6, c: 1 });
    put('a', 'b', 'c');
    expect(turn()).toBe(0);
    expect(written).toEqual(['a', 'b']);
    // What comes in between asks for nothing of its own.
    put('c');
    expect(due.map(({ restMs }) => restMs)).toEqual([0]);
    turn();
    expect(written).toEqual(['a', 'b', 'c']);
    put('c');
    expect(turn()).toBe(8);
  });

  it('loses nothing that comes during a rest when the bus stops', async () => {
    const bus = new TestBus();
    const client = await bus.join([{ id: 1, channels: ['a'] }]);
    await bus.put('a');
    await bus.turn();
    await bus.put('a');
    void bus.hub.stop();
    expect(client.offsets).toEqual([1, 2]);
  });
});
