import { type Bus, type Gap, type Publication, ZerospanError } from '@zerospan/client';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type Api, Problem } from '../../../../client/console/src/data/api.ts';
import { Tail } from '../../../../client/console/src/screens/messages/model/tail.ts';

function publication(offset: number, channel = 'room1', text = String(offset)): Publication {
  return { channel, epoch: 'e', offset, time: offset, text, message: JSON.parse(text) as unknown };
}

const lineOf = ({ channel, epoch, offset, time, text }: Publication): string =>
  `${JSON.stringify({ channel, epoch, offset, time }).slice(0, -1)},"message":${text}}`;

/** A subscription that a test feeds, and a log that answers when the test says so. */
class Fake {
  readonly asked: Readonly<Record<string, unknown>>[] = [];
  #publication: (publication: Publication) => void = () => {};
  #gap: (gap: Gap) => void = () => {};
  #answer: (answer: { lines: string[]; hasNext: boolean; position: string } | Error) => void = () => {};
  #resolve = (): void => {};
  #reject: (error: Error) => void = () => {};
  readonly tail: Tail;

  constructor() {
    vi.stubGlobal('requestAnimationFrame', () => 0);
    const subscriber = {
      ready: new Promise<void>((resolve, reject) => {
        this.#resolve = resolve;
        this.#reject = reject;
      }),
      on: (event: string, listener: never) => {
        if (event === 'publication') this.#publication = listener;
        if (event === 'gap') this.#gap = listener;
      },
    };
    const bus = { subscribe: () => subscriber } as unknown as Bus;
    const api = {
      history: (query: Readonly<Record<string, unknown>>) => {
        this.asked.push(query);
        return new Promise((resolve, reject) => {
          this.#answer = (answer) => (answer instanceof Error ? reject(answer) : resolve(answer));
        });
      },
    } as unknown as Api;
    this.tail = new Tail(bus, api, ['']);
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
  async answers(offsets: readonly number[], head: number, hasNext = false): Promise<void> {
    const lines = offsets.map((offset) => lineOf(publication(offset)));
    this.#answer({ lines, hasNext, position: `e_${head}` });
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

const settled = () => new Promise((resolve) => setImmediate(resolve));
afterEach(() => vi.unstubAllGlobals());

describe('the tail of the messages', () => {
  it('asks the log behind its subscription, and shows once what both bring', async () => {
    const fake = new Fake();
    expect(fake.asked).toEqual([]);
    await fake.subscribed();
    expect(fake.asked).toEqual([
      { channel: [], prefix: [], all: '', before: '', order: 'backwards', limit: 200 },
    ]);
    fake.came(11, 12);
    await fake.answers([13, 12, 11, 10, 9], 13);
    // The log was faster than the subscription.
    fake.came(13, 14);
    expect(fake.shown).toEqual([9, 10, 11, 12, 13, 14]);
    expect(fake.tail.counts).toEqual({ past: 3, received: 3 });
  });

  it('reads what lies before the oldest, until the log has no more', async () => {
    const fake = new Fake();
    await fake.subscribed();
    await fake.answers([5, 4], 5, true);
    expect(fake.tail.hasOlder).toBe(true);
    void fake.tail.older();
    expect(fake.asked.at(-1)).toMatchObject({ before: 'e_0000000000000004' });
    await fake.answers([3, 2], 5);
    expect([fake.shown, fake.tail.hasOlder]).toEqual([[2, 3, 4, 5], false]);
  });

  it('is still while it is held, counts what is new, and shows it when it goes on', async () => {
    const fake = new Fake();
    await fake.subscribed();
    await fake.answers([1], 1);
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
    const fake = new Fake();
    await fake.subscribed();
    await fake.answers([], 0);
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
    const fake = new Fake();
    await fake.subscribed();
    await fake.answers([], 0);
    for (let offset = 1; offset <= 12_000; offset++) fake.came(offset);
    expect(fake.shown.length).toBeLessThanOrEqual(5_500);
    expect(fake.shown.at(-1)).toBe(12_000);
    expect(fake.tail.hasOlder).toBe(true);
    expect(fake.tail.counts.received).toBe(12_000);
  });

  it('says that it begins now where the token grants no history, and why it is not given anything', async () => {
    const fake = new Fake();
    await fake.subscribed();
    await fake.fails(new Problem('forbidden', 'No grant covers it.', '', 403));
    fake.came(7);
    expect(fake.shown).toEqual(['Your token grants no history, so this begins now.', 7]);
    const refused = new Fake();
    await refused.subscribed(new ZerospanError('forbidden'));
    expect(refused.tail.problem).toMatchObject({ code: 'forbidden' });
  });
});
