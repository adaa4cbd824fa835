import type { ObservedSubscription, SessionDetail, SessionsPage } from '@zerospan/shared';
import { describe, expect, it } from 'vitest';
import { Problem, type Query } from '../../../../client/console/src/data/api.ts';
import { ClientList, orderOf } from '../../../../client/console/src/screens/clients/client-list.ts';
import { forecastOf } from '../../../../client/console/src/screens/clients/forecast.ts';
import { PACE_MS, type World } from '../../../../client/console/src/screens/clients/polled.ts';
import { endOf, nameOf } from '../../../../client/console/src/screens/clients/words.ts';
import { ManualClock } from '../../../support/manual-clock.ts';

/** A server with this many clients, which answers when the test lets it. */
class StubbedServer {
  readonly #total: number;
  readonly clock = new ManualClock();
  readonly asked: Query[] = [];
  isHidden = false;
  problem: Problem | undefined;
  #show = (): void => {};
  #answers: (() => void)[] = [];
  readonly world: World = {
    clock: this.clock,
    isHidden: () => this.isHidden,
    onShown: (action) => {
      this.#show = action;
      return () => {
        this.#show = () => {};
      };
    },
  };

  constructor(total: number) {
    this.#total = total;
  }

  readonly api = {
    get: <T>(path: string, query: Query = {}, signal?: AbortSignal): Promise<T> => {
      expect(path).toBe('sessions');
      this.asked.push(query);
      return new Promise((resolve, reject) => {
        signal?.addEventListener('abort', () => reject(new Error('aborted')));
        this.#answers.push(() => {
          if (this.problem) reject(this.problem);
          else resolve(this.#page(query) as T);
        });
      });
    },
  };

  /** Answers what has been asked so far. */
  async answer(): Promise<void> {
    for (const answer of this.#answers.splice(0)) answer();
    await new Promise((resolve) => setImmediate(resolve));
  }

  show(): void {
    this.isHidden = false;
    this.#show();
  }

  #page({ skip, limit }: Query): SessionsPage {
    const from = Number(skip);
    const sessions = Array.from({ length: Math.min(Number(limit), this.#total - from) }, (_, i) => ({
      session: `s${from + i}`,
    })) as unknown as SessionsPage['sessions'];
    return { sessions, total: this.#total, skip: from };
  }
}

describe('the list of clients', () => {
  it('asks for the page that is visible, on a pace, and never for all', async () => {
    const server = new StubbedServer(10_000);
    const list = new ClientList(server.api, server.world);
    const stop = list.start();
    await server.answer();
    expect([list.total.value, list.rowAt(49)?.session, list.rowAt(50)]).toEqual([10_000, 's49', undefined]);
    list.see(5_030, 5_070);
    await server.answer();
    expect([list.rowAt(49), list.rowAt(5_069)?.session]).toEqual([undefined, 's5069']);
    // A line further down is on the same pages.
    list.see(5_031, 5_071);
    server.clock.advance(PACE_MS);
    await server.answer();
    stop();
    server.clock.advance(10 * PACE_MS);
    expect(server.asked.map(({ skip, limit }) => [skip, limit])).toEqual([
      [0, 50],
      [5_000, 100],
      [5_000, 100],
    ]);
  });

  it('asks at once with another search or order, and ignores the answer to the question before', async () => {
    const server = new StubbedServer(200);
    const list = new ClientList(server.api, server.world);
    list.start();
    list.see(100, 140);
    list.order('alice', 'bytes');
    await server.answer();
    expect(server.asked.at(-1)).toEqual({ search: 'alice', sort: 'bytes', skip: 100, limit: 50 });
    expect([list.rowAt(0), list.rowAt(100)?.session]).toEqual([undefined, 's100']);
    list.order('alice', 'bytes');
    expect(server.asked).toHaveLength(3);
  });

  it('asks nothing twice of a slow server, and nothing while nobody sees it', async () => {
    const server = new StubbedServer(1);
    new ClientList(server.api, server.world).start();
    server.clock.advance(3 * PACE_MS);
    expect(server.asked).toHaveLength(1);
    await server.answer();
    server.isHidden = true;
    server.clock.advance(3 * PACE_MS);
    expect(server.asked).toHaveLength(1);
    server.show();
    expect(server.asked).toHaveLength(2);
  });

  it('keeps what it has when the server fails or is silent, and says how old that is', async () => {
    const server = new StubbedServer(3);
    const list = new ClientList(server.api, server.world);
    list.start();
    await server.answer();
    expect([list.staleMs.value, list.problem.value]).toEqual([undefined, undefined]);
    server.problem = new Problem('unreachable', 'The server does not answer.', '');
    server.clock.advance(PACE_MS);
    await server.answer();
    expect([list.total.value, list.problem.value?.code, list.staleMs.value]).toEqual([
      3,
      'unreachable',
      PACE_MS,
    ]);
    server.problem = undefined;
    server.clock.advance(PACE_MS);
    await server.answer();
    expect([list.staleMs.value, list.problem.value]).toEqual([undefined, undefined]);
    // The next answer does not come.
    server.clock.advance(4 * PACE_MS);
    expect(list.staleMs.value).toBe(4 * PACE_MS);
  });

  it.each([
    ['bytes', 'bytes'],
    ['lag', 'lag'],
    ['name', 'lag'],
    [null, 'lag'],
  ])('is sorted by %s as an address says it: by %s', (text, order) => {
    expect(orderOf(text)).toBe(order);
  });
});

const SUBSCRIPTION: ObservedSubscription = { id: 1, onLag: 'replay', channels: [], prefixes: [] };
const NOTHING = { channels: [], prefixes: [] };

function client(subscribed: readonly Partial<ObservedSubscription>[], others: Partial<SessionDetail> = {}) {
  return {
    standing: 'live',
    lag: 0,
    subscribed: subscribed.map((each) => ({ ...SUBSCRIPTION, ...each })),
    subscriptions: subscribed.length,
    grants: { subscribe: NOTHING },
    ...others,
  } as SessionDetail;
}

function forecast(of: SessionDetail, channel: string): [answer: string, words: string] {
  const { answer, because } = forecastOf(of, channel);
  return [answer, because.map((each) => (typeof each === 'string' ? each : `«${each.name}»`)).join('')];
}

describe('whether a client would get a message on a channel', () => {
  it('goes by its filters: names exactly, prefixes, and all channels but those of the server', () => {
    const one = client([{ channels: ['room1'] }, { id: 2, prefixes: ['vote.'] }]);
    expect(forecast(one, 'room1')).toEqual([
      'yes',
      'Its subscription 1 takes this channel, and it keeps up.',
    ]);
    expect(forecast(one, 'vote.ann')[1]).toBe(
      'Its subscription 2 takes all that begins with «vote.», and it keeps up.',
    );
    expect(forecast(one, 'room10')[0]).toBe('no');
    const all = client([{ prefixes: [''] }]);
    expect([forecast(all, 'any')[0], forecast(all, '$zerospan.stats')[0]]).toEqual(['yes', 'no']);
  });

  it('says whether its access would let it, where it is not subscribed', () => {
    const may = client([], { grants: { subscribe: { channels: [], prefixes: ['vote.'] } } as never });
    expect(forecast(may, 'vote.ann')).toEqual([
      'no',
      'It is not subscribed to it. Its access lets it subscribe.',
    ]);
    expect(forecast(may, 'room1')[1]).toContain('does not let it subscribe, either');
  });

  it.each([
    ['replay', /while the log holds it/],
    ['latest', /newest of each channel only/],
    ['close', /the subscription ends/],
  ] as const)('says what happens while it is behind with onLag %s', (onLag, words) => {
    const behind = client([{ channels: ['a'], onLag }], { standing: 'behind', lag: 1_234 });
    const [answer, text] = forecast(behind, 'a');
    expect(answer).toBe('later');
    expect(text).toContain('1,234 offsets behind');
    expect(text).toMatch(words);
  });

  it('goes by a subscription that is live before one that replays', () => {
    const replaying = { id: 1, channels: ['a'], replayed: 7 };
    expect(forecast(client([replaying]), 'a')).toEqual(['later', expect.stringContaining('up to offset 7')]);
    expect(forecast(client([replaying, { id: 2, prefixes: [''] }]), 'a')[0]).toBe('yes');
  });

  it('is not known of what is no channel, and of subscriptions that are not shown', () => {
    expect(forecast(client([{ prefixes: [''] }]), 'two words')).toEqual([
      'unclear',
      expect.stringContaining('white space'),
    ]);
    expect(forecast(client([{ channels: ['a'] }], { subscriptions: 2_000 }), 'b')[0]).toBe('unclear');
  });
});

describe('a client in words', () => {
  it('is called by its name, or its subject, or what the server knows it by', () => {
    const session = { session: 's', ref: 'f00' };
    expect(nameOf({ ...session, name: 'panel', subject: 'alice' })).toBe('panel');
    expect(nameOf({ ...session, subject: 'alice' })).toBe('alice');
    expect(nameOf(session)).toBe('client f00');
  });

  it.each([
    [null, 'The client was lost.'],
    [1000, 'The client left.'],
    [4000, 'The server stops or restarts.'],
    [4503, 'The access was revoked.'],
    [1006, 'Closed with 1006.'],
  ])('has ended with %s: %s', (code, words) => {
    expect(endOf(code)).toBe(words);
  });
});
