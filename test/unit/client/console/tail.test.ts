import { type Bus, type Gap, type Publication, type SubscribeOptions, ZerospanError } from '@zerospan/client';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type Api, Problem } from '../../../../client/console/src/data/api.ts';
import { Tail } from '../../../../client/console/src/screens/messages/model/tail.ts';

/** One second apart, unless a test says otherwise: slow enough to be followed. */
function publication(offset: number, time = offset * 1_000): Publication {
  return { channel: 'room1', epoch: 'e', offset, time, text: String(offset), message: offset };
}

const lineOf = ({ channel, epoch, offset, time, text }: Publication): string =>
  `${JSON.stringify({ channel, epoch, offset, time }).slice(0, -1)},"message":${text}}`;

/** Subscriptions that a test feeds, and a log that answers when the test says so. */
class Fake {
  readonly asked: Readonly<Record<string, unknown>>[] = [];
  /** Where each subscription began; undefined: where it was made. */
  readonly begun: unknown[] = [];
  #publication: (publication: Publication) => void = () => {};
  #gap: (gap: Gap) => void = () => {};
  #answer: (answer: { lines: string[]; hasNext: boolean; position: string } | Error) => void = () => {};
  #resolve = (): void => {};
  #reject: (error: Error) => void = () => {};
  #signal: AbortSignal | undefined;
  readonly tail: Tail;

  constructor() {
    vi.stubGlobal('requestAnimationFrame', () => 0);
    vi.stubGlobal('document', { hidden: false });
    const subscribe = (_: unknown, options: SubscribeOptions) => {
      this.begun.push(options.replay);
      this.#signal = options.signal;
      return {
        ready: new Promise<void>((resolve, reject) => {
          this.#resolve = resolve;
          this.#reject = reject;
        }),
        on: (event: string, listener: never) => {
          if (event === 'publication') this.#publication = listener;
          if (event === 'gap') this.#gap = listener;
        },
      };
    };
    const api = {
      history: (query: Readonly<Record<string, unknown>>) => {
        this.asked.push(query);
        return new Promise((resolve, reject) => {
          this.#answer = (answer) => (answer instanceof Error ? reject(answer) : resolve(answer));
        });
      },
    } as unknown as Api;
    this.tail = new Tail({ subscribe } as unknown as Bus, api, ['']);
  }

  /** One whose log is read up to its head, and that follows it. */
  static async following(offsets: readonly number[], head: number, hasNext = false): Promise<Fake> {
    const fake = new Fake();
    await fake.answers(offsets, head, { hasNext });
    await fake.subscribed();
    return fake;
  }

  /** One on whose log 200 messages came in 200 ms. */
  static async sampling(): Promise<Fake> {
    const fake = new Fake();
    await fake.answers(down(1_000, 200), 1_000, { hasNext: true, everyMs: 1 });
    return fake;
  }

  /** Whether it is subscribed. */
  get isFollowing(): boolean {
    return this.#signal?.aborted === false;
  }

  async subscribed(error?: Error): Promise<void> {
    if (error) this.#reject(error);
    else this.#resolve();
    await settled();
  }

  came(...offsets: number[]): void {
    for (const offset of offsets) this.#publication(publication(offset));
  }

  lost(from: number, to: number, missed: number): void {
    this.#gap({ reason: 'lag', filters: [''], epoch: 'e', from, to, missed });
  }

  /** The log answers with these, the newest first, having read up to its head. */
  async answers(
    offsets: readonly number[],
    head: number,
    { hasNext = false, everyMs = 1_000, epoch = 'e' } = {},
  ): Promise<void> {
    const lines = offsets.map((offset) => lineOf({ ...publication(offset, offset * everyMs), epoch }));
    this.#answer({ lines, hasNext, position: `${epoch}_${head}` });
    await settled();
  }

  async fails(error: Error): Promise<void> {
    this.#answer(error);
    await settled();
  }

  /** What is shown, the oldest first. */
  get shown(): (number | string)[] {
    return this.tail.shown.map((row) => {
      if (row.kind === 'message') return row.publication.offset;
      if (row.kind === 'gap') return `${row.gap.from}–${row.gap.to}: ${row.gap.missed}`;
      return row.kind === 'note' ? row.text : row.key;
    });
  }
}

/** `count` offsets, the highest first. */
const down = (from: number, count: number): number[] => Array.from({ length: count }, (_, i) => from - i);

const settled = () => new Promise((resolve) => setImmediate(resolve));
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

describe('the tail of the messages', () => {
  it('reads the log at once, and follows it from where it ended', async () => {
    const fake = new Fake();
    expect(fake.asked).toEqual([
      { channel: [], prefix: [], all: '', before: '', order: 'backwards', limit: 200 },
    ]);
    expect([fake.begun, fake.tail.isReady]).toEqual([[], false]);
    await fake.answers([13, 12, 9], 14);
    expect([fake.shown, fake.begun]).toEqual([[9, 12, 13], [{ since: { epoch: 'e', offset: 14 } }]]);
    await fake.subscribed();
    expect(fake.tail.isReady).toBe(true);
    fake.came(15);
    expect(fake.shown).toEqual([9, 12, 13, 15]);
    expect(fake.tail.counts).toEqual({ past: 3, received: 1 });
    fake.tail.close();
    expect(fake.isFollowing).toBe(false);
  });

  it('reads what lies before the oldest, until the log has no more', async () => {
    const fake = await Fake.following([5, 4], 5, true);
    expect(fake.tail.hasOlder).toBe(true);
    void fake.tail.older();
    expect(fake.asked.at(-1)).toMatchObject({ before: 'e_0000000000000004' });
    await fake.answers([3, 2], 5);
    expect([fake.shown, fake.tail.hasOlder]).toEqual([[2, 3, 4, 5], false]);
  });

  it('is still while it is held, counts what is new, and shows it when it goes on', async () => {
    const fake = await Fake.following([1], 1);
    fake.tail.hold();
    fake.came(2, 3);
    expect([fake.shown, fake.tail.newWhileHeld]).toEqual([[1], 2]);
    fake.tail.filter(({ offset }) => offset !== 1);
    expect(fake.shown).toEqual([2, 3]);
    fake.tail.filter(undefined);
    fake.tail.follow();
    expect([fake.shown, fake.tail.newWhileHeld]).toEqual([[1, 2, 3], 0]);
    fake.tail.clear();
    fake.came(4);
    expect(fake.shown).toEqual([4]);
  });

  it('has one row for all that it is not given while it falls behind, with the exact number', async () => {
    const fake = await Fake.following([], 0);
    fake.lost(1, 10, 10);
    fake.came(11);
    fake.lost(12, 40, 29);
    fake.came(41);
    expect(fake.shown).toEqual(['1–40: 39', 11, 41]);
    expect(fake.tail.sampling.oneIn).toBeCloseTo(41 / 2);
    // A filter must not hide it.
    fake.tail.filter(() => false);
    expect(fake.shown).toEqual(['1–40: 39']);
  });

  it('keeps a bounded number of rows, the newest, and says that the log has more', async () => {
    const fake = await Fake.following([], 0);
    // Without a filter this many at once would not be followed.
    fake.tail.filter(() => true);
    for (let offset = 1; offset <= 12_000; offset++) fake.came(offset);
    expect(fake.shown.length).toBeLessThanOrEqual(5_500);
    expect(fake.shown.at(-1)).toBe(12_000);
    expect(fake.tail.hasOlder).toBe(true);
    expect(fake.tail.counts.received).toBe(12_000);
  });

  it('says that it begins now where the token grants no history, and why it is not given anything', async () => {
    const fake = new Fake();
    await fake.fails(new Problem('forbidden', 'No grant covers it.', '', 403));
    await fake.subscribed();
    expect(fake.begun).toEqual([undefined]);
    fake.came(7);
    expect(fake.shown).toEqual(['Your token grants no history, so this begins now.', 7]);
    const refused = new Fake();
    await refused.answers([], 0);
    await refused.subscribed(new ZerospanError('forbidden'));
    expect(refused.tail.problem).toMatchObject({ code: 'forbidden' });
  });

  it('samples a bus that is too fast to read, says about how many it leaves out, and follows it once it is slow', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout'] });
    const fake = await Fake.sampling();
    expect([fake.begun, fake.tail.isReady]).toEqual([[], true]);
    await vi.advanceTimersByTimeAsync(250);
    expect(fake.asked.at(-1)).toMatchObject({ before: '', order: 'backwards', limit: 50 });
    // Of its channels, every other offset.
    await fake.answers(
      down(2_000, 50).map((offset, i) => offset - i),
      2_000,
      { hasNext: true },
    );
    expect(fake.shown.slice(200, 202)).toEqual(['1001–1901: 455', 1_902]);
    expect(fake.tail.sampling.oneIn).toBeCloseTo((455 + 50) / 50);
    for (let page = 1; page <= 4; page++) {
      await vi.advanceTimersByTimeAsync(250);
      await fake.answers(down(2_000 + page, 50), 2_000 + page, { hasNext: true });
    }
    expect(fake.shown.slice(-5)).toEqual([2_000, 2_001, 2_002, 2_003, 2_004]);
    expect(fake.begun).toEqual([{ since: { epoch: 'e', offset: 2_004 } }]);
    const { length } = fake.asked;
    await vi.advanceTimersByTimeAsync(1_000);
    expect(fake.asked).toHaveLength(length);
  });

  it('asks for nothing while the page is hidden, and says that the log is another one', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout'] });
    const fake = await Fake.sampling();
    vi.stubGlobal('document', { hidden: true });
    await vi.advanceTimersByTimeAsync(10_000);
    expect(fake.asked).toHaveLength(1);
    vi.stubGlobal('document', { hidden: false });
    await vi.advanceTimersByTimeAsync(250);
    await fake.answers([2, 1], 2, { epoch: 'f' });
    expect(fake.shown.slice(-3)).toEqual(['1001–null: null', 1, 2]);
  });

  it('follows all that comes while there is a filter, and where it may not read the log', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout'] });
    const filtered = await Fake.sampling();
    filtered.tail.filter(({ offset }) => offset === 5_000);
    expect(filtered.begun).toEqual([{ since: { epoch: 'e', offset: 1_000 } }]);
    for (let offset = 1_001; offset <= 9_000; offset++) filtered.came(offset);
    expect([filtered.isFollowing, filtered.shown]).toEqual([true, [5_000]]);
    const refused = await Fake.sampling();
    await vi.advanceTimersByTimeAsync(250);
    await refused.fails(new Problem('forbidden', 'No grant covers it.', '', 403));
    expect([refused.isFollowing, refused.begun]).toEqual([true, [undefined]]);
    // Nothing is left but to follow, however much comes.
    for (let offset = 1; offset <= 9_000; offset++) refused.came(offset);
    expect(refused.isFollowing).toBe(true);
  });

  it('follows a put on a thousand channels whole, and samples what goes on', async () => {
    const fake = await Fake.following([], 0);
    for (let offset = 1; offset <= 1_000; offset++) fake.came(offset);
    expect(fake.isFollowing).toBe(true);
    for (let offset = 1_001; offset <= 3_000; offset++) fake.came(offset);
    expect([fake.isFollowing, fake.shown.length]).toEqual([false, 3_000]);
    fake.tail.close();
  });
});
