import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Chunk, Interest } from '../../../server/src/core/log/log.ts';
import { StoredLog } from '../../../server/src/core/log/stored-log.ts';
import {
  JOINT,
  JOINT_PATIENCE,
  type JointAsk,
  JointReads,
} from '../../../server/src/core/session/behind/joint-reads.ts';
import { LogReads, READS } from '../../../server/src/core/session/behind/log-reads.ts';
import { STEP } from '../../../server/src/core/session/behind/step.ts';
import { ArrayStore } from '../../support/array-store.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const nameOf = (i: number): string => `room${i}`;

describe('sessions that are behind where the log is late', () => {
  let clock: ManualClock;
  let log: StoredLog;
  let scans: ReturnType<typeof vi.spyOn>;
  let reads: LogReads;
  let joint: JointReads;
  let turns: (() => void)[];
  /** While it is set, the store answers nothing. */
  let gate: Promise<void> | undefined;

  beforeEach(async () => {
    clock = new ManualClock();
    turns = [];
    gate = undefined;
    const later = async (): Promise<void> => gate;
    const store = new ArrayStore({ clock, later, entries: 1e6, lasts: 0, ageMs: 0 });
    // Nothing but the newest is in memory.
    log = await StoredLog.open(store, { clock, bytes: 0, ageMs: 0 });
    scans = vi.spyOn(store, 'scan');
    reads = new LogReads(log, clock);
    joint = new JointReads(reads, (action) => void turns.push(action));
  });

  afterEach(() => {
    vi.restoreAllMocks();
  });

  const put = (channel: string, text = '"x"') =>
    log.append({ channels: [channel], payload: Buffer.from(text), republish: true });

  function ask(
    channel: string,
    use: (chunk: Chunk<Interest>) => void,
    { user = 'ann', after = 0, ...more }: Partial<JointAsk & Interest> = {},
  ): Promise<void> {
    const interest = { filter: { channels: [channel], prefixes: [] }, after };
    return joint.ask({ user, interest, isWished: () => true, use, ...more });
  }

  /** Reads on until it has come to an offset; answers what it was given. */
  async function readTo(channel: string, upTo: number, after = 0, user = 'ann'): Promise<number[]> {
    const given: number[] = [];
    for (let at = after; at < upTo; ) {
      const before = at;
      const use = (chunk: Chunk<Interest>): void => {
        given.push(...chunk.entries.map(({ offset }) => offset));
        at = chunk.upTo;
      };
      await ask(channel, use, { user, after: at });
      expect(at).toBeGreaterThan(before);
    }
    return given;
  }

  /** Begins the next read, which waits while more ask in each turn. */
  function begin(): void {
    while (turns.length > 0) for (const action of turns.splice(0)) action();
  }

  async function running<T>(work: Promise<T>): Promise<T> {
    let isDone = false;
    void work.finally(() => {
      isDone = true;
    });
    while (!isDone) {
      for (const action of turns.splice(0)) action();
      await new Promise(setImmediate);
    }
    return work;
  }

  it('are served by one read, each its own and in order', async () => {
    const CLIENTS = 200;
    for (let round = 0; round < 5; round++) for (let i = 0; i < CLIENTS; i++) await put(nameOf(i));
    const { head } = log;
    const all = await running(
      Promise.all(Array.from({ length: CLIENTS }, (_, i) => readTo(nameOf(i), head - 1))),
    );
    all.forEach((given, i) => {
      const due = [0, 1, 2, 3, 4].map((round) => round * CLIENTS + i + 1);
      expect(given).toEqual(due);
    });
    expect(scans.mock.calls.length).toBeLessThan(5);
  });

  it('stand at different places, and none of them waits for ever', async () => {
    for (let i = 0; i < 3_000; i++) await put(nameOf(i % 3));
    const { head } = log;
    const [low, high] = await running(
      Promise.all([readTo('room0', head - 1), readTo('room1', head - 1, 2_000)]),
    );
    expect([low.length, high.length]).toEqual([1_000, 333]);
  });

  it('come by and by, and walk the log together: the hindmost comes first until it has met the others', async () => {
    const [GROUPS, ROUNDS] = [5, 2_000];
    const text = JSON.stringify('x'.repeat(1_000));
    for (let round = 0; round < ROUNDS; round++) for (let i = 0; i < 20; i++) await put(nameOf(i), text);
    const { head } = log;
    const group = () => Array.from({ length: 20 }, (_, i) => readTo(nameOf(i), head - 1));
    await running(Promise.all(group()));
    const once = scans.mock.calls.length;
    const reads: Promise<number[]>[] = [];
    // Each group comes when those before it are under way.
    for (let i = 0; i < GROUPS; i++) {
      reads.push(...group());
      const before = scans.mock.calls.length;
      while (scans.mock.calls.length < before + 4) {
        for (const action of turns.splice(0)) action();
        await new Promise(setImmediate);
      }
    }
    for (const given of await running(Promise.all(reads))) expect(given).toHaveLength(ROUNDS);
    expect(scans.mock.calls.length - once).toBeLessThan(2 * once);
  });

  it('wait for those behind them for a few reads alone', async () => {
    for (let i = 0; i < 20; i++) await put(nameOf(i % 2));
    await put('other');
    const served: string[] = [];
    const waits = ask('room0', () => void served.push('ahead'), { after: 18 });
    const all: Promise<void>[] = [];
    // Newcomers without end, each at the beginning. What was read last goes so far that nobody joins.
    const come = (): void =>
      void all.push(
        ask('room1', () => {
          served.push('behind');
          if (served.length < 3 * JOINT_PATIENCE) come();
        }),
      );
    come();
    await running(waits);
    expect(served.length).toBeLessThanOrEqual(JOINT_PATIENCE + 1);
    await running(Promise.all(all));
  });

  it('are given no more than the step of one at a time, and the others no less', async () => {
    const large = JSON.stringify('x'.repeat(STEP.bytes / 4));
    for (let i = 0; i < 8; i++) await put('large', large);
    await put('small');
    await put('other');
    const steps: number[] = [];
    const one = (channel: string, use: (offsets: number[]) => void) =>
      ask(channel, ({ entries }) => use(entries.map(({ offset }) => offset)));
    let small: number[] = [];
    await running(
      Promise.all([
        one('large', (offsets) => void steps.push(offsets.length)),
        one('small', (offsets) => {
          small = offsets;
        }),
        // Together they may be answered the steps of all.
        ...['idle', 'quiet'].map((channel) => one(channel, (offsets) => expect(offsets).toEqual([]))),
      ]),
    );
    expect([steps, small]).toEqual([[3], [9]]);
  });

  it('ask again without the one whose read is never answered, which costs that one a time-out', async () => {
    for (let i = 0; i < 4; i++) await put(nameOf(i % 2));
    await put('other');
    let open: () => void = () => {};
    gate = new Promise((resolve) => {
      open = resolve;
    });
    const failed = readTo('room0', 4).catch((error: unknown) => error);
    const other = readTo('room1', 4);
    begin();
    gate = undefined;
    expect(joint.waiting).toBe(0);
    clock.advance(READS.patienceMs + 1_000);
    expect(joint.waiting).toBe(1);
    expect(await running(other)).toEqual([2, 4]);
    clock.advance(READS.timeoutMs);
    expect(await running(failed)).toMatchObject({ name: 'ReadTimeout' });
    open();
  });

  it('join within bounds: those who are too many wait for the next read', async () => {
    expect(JOINT.members).toBe(1_024);
    await put('room1');
    await put('other');
    const asks = Array.from({ length: JOINT.members + 1 }, () => readTo('room1', 1));
    begin();
    expect(joint.waiting).toBe(1);
    await running(Promise.all(asks));
    expect(scans).toHaveBeenCalledTimes(2);
  });

  it.each([
    [1, STEP.scan, STEP.bytes],
    [3, 3 * STEP.scan, 3 * STEP.bytes],
    [JOINT.scan / STEP.scan, JOINT.scan, (JOINT.scan / STEP.scan) * STEP.bytes],
    [100, JOINT.scan, JOINT.bytes],
  ])(
    'ask for one step where one asks, and for no more than the bounds (%i)',
    async (members, entries, bytes) => {
      await put('room1');
      await put('other');
      await running(Promise.all(Array.from({ length: members }, () => readTo('room1', 1))));
      expect(scans.mock.calls).toMatchObject([[{ entries, bytes }]]);
    },
  );

  it('do not wait for a user whose reads hang', async () => {
    for (let i = 0; i < 4; i++) await put(nameOf(i % 2));
    await put('other');
    let open: () => void = () => {};
    const hangs = new Promise<void>((resolve) => {
      open = resolve;
    });
    const hanging = Array.from({ length: READS.ofUser }, () => reads.ask('ann', () => hangs, vi.fn()));
    const waits = readTo('room0', 4);
    const joins = readTo('room1', 4, 2);
    const other = readTo('room1', 4, 0, 'bob');
    begin();
    // Those of the user whose reads hang have joined, which costs that user no slot.
    expect(joint.waiting).toBe(0);
    expect(await running(other)).toEqual([2, 4]);
    expect(await running(joins)).toEqual([4]);
    expect(await running(waits)).toEqual([1, 3]);
    open();
    for (const asked of hanging) await asked;
    expect(scans).toHaveBeenCalledTimes(1);
  });

  it('are given their parts in slices, and a slice takes no more of a turn than a few ms', async () => {
    await put('room1');
    await put('other');
    let nowMs = 0;
    vi.spyOn(performance, 'now').mockImplementation(() => nowMs);
    let given = 0;
    const asks = Array.from({ length: 20 }, () =>
      ask('room1', () => {
        given++;
        nowMs++;
      }),
    );
    let [before, turn] = [0, 0];
    const most: number[] = [];
    const all = Promise.all(asks);
    while (given < asks.length) {
      for (const action of turns.splice(0)) action();
      await new Promise(setImmediate);
      most.push(given - before);
      before = given;
      if (turn++ > 100) break;
    }
    await running(all);
    expect(given).toBe(20);
    expect(Math.max(...most)).toBeLessThanOrEqual(4);
    expect(scans).toHaveBeenCalledTimes(1);
  });

  it('whose read takes long learn of it once; those who joined it ask again and do not', async () => {
    await put('room1');
    await put('other');
    let open: () => void = () => {};
    gate = new Promise((resolve) => {
      open = resolve;
    });
    const slow: string[] = [];
    const one = (name: string) => ask('room1', () => {}, { onSlow: () => void slow.push(name) });
    const first = one('first');
    const second = one('second');
    begin();
    gate = undefined;
    clock.advance(READS.patienceMs + 1_000);
    expect(slow).toEqual(['first']);
    await running(second);
    open();
    await running(first);
    clock.advance(READS.timeoutMs);
    expect(slow).toEqual(['first']);
  });

  it('go with the log that they are at: no read begins for them, nor begins again', async () => {
    await put('room1');
    await put('room1');
    let open = (): void => undefined;
    gate = new Promise((resolve) => {
      open = resolve;
    });
    const given: string[] = [];
    // One is read for, and would be put back among those who wait; another waits yet.
    const asked = ask('room1', () => void given.push('asked'));
    const joined = ask('room1', () => void given.push('joined'), { after: 9 });
    begin();
    const waiting = ask('room1', () => void given.push('waiting'));
    await vi.waitFor(() => expect(scans).toHaveBeenCalledTimes(1));
    joint.clear();
    await waiting;
    gate = undefined;
    open();
    await running(Promise.all([asked, joined]));
    for (let i = 0; i < 10; i++) for (const action of turns.splice(0)) action();
    expect([joint.waiting, turns.length, scans.mock.calls.length]).toEqual([0, 0, 1]);
    expect(given).toEqual(['asked']);
  });

  it('that nobody waits for any more are let go of, however long the log hangs', async () => {
    await put('room1');
    gate = new Promise(() => undefined);
    for (let i = 0; i < READS.ofUser; i++) {
      void ask('room1', () => undefined).catch(() => undefined);
      for (const action of turns.splice(0)) action();
    }
    const live = ask('room1', () => undefined);
    let over = 0;
    for (let i = 0; i < 20_000; i++)
      void ask('room1', () => undefined, { isWished: () => false }).then(() => {
        over++;
      });
    expect(joint.waiting).toBeLessThan(2_100);
    await new Promise(setImmediate);
    expect(over).toBeGreaterThan(17_000);
    expect(await Promise.race([live, Promise.resolve('waits')])).toBe('waits');
  });
});
