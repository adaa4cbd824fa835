import { CLOSE, type Code, type FilterSet, ZerospanError } from '@zerospan/shared';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type FakeClient, TestBus } from '../../support/core.ts';
import { lets } from '../../support/filters.ts';
import { ALL, grants, NONE, TestGate } from '../../support/grants.ts';
import { opens, RandomFilters } from '../../support/random-filters.ts';

const CLIENTS = 4;
const STEPS = 60;
const MOVES = [
  ...([
    'subscribe',
    'subscribe',
    'subscribe',
    'put',
    'put',
    'put',
    'native',
    'native',
    'native',
    'native',
  ] as const),
  ...(['end', 'auth', 'auth', 'wait', 'bad auth', 'revoke'] as const),
];

/** How long a token may last, and how long is waited, in ms. */
const LIVES = [null, null, null, 700, 5_000, 20_000, 60_000];
const WAITS = [1, 400, 3_000, 11_000, 30_000];

/** What a fresh token may be refused with, and how the connection ends then. */
const BAD: readonly (readonly [Code, number])[] = [
  ['unauthorized', CLOSE.unauthorized.code],
  ['token-expired', CLOSE.expired.code],
  ['revoked', CLOSE.revoked.code],
  ['key-not-known', CLOSE.failed.code],
];

/** A token as its holder knows it. */
interface Brought {
  readonly token: string;
  readonly may: { readonly subscribe: FilterSet; readonly put: FilterSet };
  readonly lastsMs: number | undefined;
  readonly endsMs: number | undefined;
}

/** What ought to become of one connection, reckoned without any code of the server. */
interface Ledger {
  readonly client: FakeClient;
  readonly subject: string;
  brought: Brought;
  /** A token that a fresh one has taken the place of. */
  earlier?: string;
  /** The code that it was closed with, and the head of the log then. */
  closed: { readonly with: number; readonly head: number } | undefined;
  readonly live: Map<number, FilterSet>;
  readonly offsets: number[];
  readonly answers: string[];
}

const NOTHING_SEEN = {
  delivered: 0,
  kept: 0,
  granted: 0,
  refused: 0,
  put: 0,
  forbidden: 0,
  resumed: 0,
  expired: 0,
  revoked: 0,
};

/** A bus whose clients ask and put at random, each with grants of its own, and a reckoning of what they get. */
class Script {
  readonly #random: RandomFilters;
  readonly #gate = new TestGate();
  readonly #bus = new TestBus({ gate: this.#gate, tailEntries: 3, bounds: { resumeWindowMs: 1e12 } });
  /** The newest connection of each client. */
  readonly #ledgers: Ledger[] = [];
  readonly #past: Ledger[] = [];
  /** The channel of each offset from 1. */
  readonly #names: string[] = [];
  #lastId = 0;
  #tokens = 0;
  readonly seen = { ...NOTHING_SEEN };

  constructor(seed: number) {
    this.#random = new RandomFilters(seed);
  }

  async run(): Promise<void> {
    for (let i = 0; i < CLIENTS; i++) await this.#join(i);
    for (let i = 0; i < STEPS; i++) {
      const nth = this.#random.between(0, CLIENTS - 1);
      const ledger = this.#ledgers[nth] as Ledger;
      const move = this.#random.one(MOVES);
      if (move === 'native') await this.#native();
      else if (move === 'wait') this.#wait();
      else if (ledger.closed) await this.#reconnect(nth, ledger);
      else if (move === 'subscribe') this.#subscribe(ledger);
      else if (move === 'put') this.#put(ledger);
      else if (move === 'end') this.#end(ledger);
      else if (move === 'auth') this.#auth(ledger);
      else if (move === 'bad auth') await this.#badAuth(ledger);
      else await this.#revoke(ledger);
      await this.#bus.settle();
    }
    for (const { client, offsets, answers, closed } of [...this.#past, ...this.#ledgers]) {
      expect(client.offsets).toEqual(offsets);
      expect(answersOf(client)).toEqual(answers);
      expect(client.link.closedWith).toBe(closed?.with);
    }
    expect(this.#bus.log.head).toBe(this.#names.length);
    expect(this.#bus.failures).toEqual([]);
  }

  #grants(): Brought['may'] {
    return { subscribe: this.#random.set(0, 4), put: this.#random.set(0, 3) };
  }

  #token(subject: string, may = this.#grants()): Brought {
    const token = `token-${++this.#tokens}`;
    const lastsMs = this.#random.one(LIVES) ?? undefined;
    const expiresMs = lastsMs === undefined ? undefined : this.#bus.clock.now() + lastsMs;
    // Without observe, filters that reach the statistics are refused, whatever is granted (W18).
    const some = { ...may, history: this.#random.one([ALL, NONE]), observe: true };
    this.#gate.tokens.set(token, { subject, grants: grants(some), expiresMs, token });
    return { token, may, lastsMs, endsMs: expiresMs };
  }

  /** @param before where it comes back: what it had, and from where it was */
  async #join(nth: number, may = this.#grants(), before?: Ledger): Promise<void> {
    const { live = new Map<number, FilterSet>(), closed: { head: after } = { head: 0 } } = before ?? {};
    const subject = `subject-${nth % 2}`;
    const brought = this.#token(subject, may);
    const { token, lastsMs } = brought;
    const subscriptions = [...live].map(([id, filters]) => ({ id, ...filters, after }));
    const client = await this.#bus.join(subscriptions, { token, epoch: 'epoch-1' });
    expect(client.control('welcome')[0]?.expiresInMs).toBe(lastsMs);
    const granted = [...live].filter(([, filters]) => opens(may.subscribe, filters));
    const answers = [...live].map(([id]) =>
      granted.some(([one]) => one === id) ? `subscribed ${id}` : `refused ${id} forbidden`,
    );
    const offsets = this.#names.flatMap((name, at) =>
      at >= after && granted.some(([, filters]) => lets(filters, name)) ? [at + 1] : [],
    );
    this.seen.resumed += offsets.length;
    this.#ledgers[nth] = {
      client,
      subject,
      brought,
      closed: undefined,
      live: new Map(granted),
      offsets,
      answers,
    };
  }

  /** Now and then, under the same grants or whatever its next token has. */
  async #reconnect(nth: number, before: Ledger): Promise<void> {
    if (this.#random.between(0, 2) > 0) return;
    this.#past.push(before);
    await this.#join(nth, this.#random.one([before.brought.may, this.#grants()]), before);
  }

  /** It ought to have been told this code, and closed. */
  #ends(ledger: Ledger, code: Code, close: number): void {
    ledger.answers.push(`error ${code}`);
    ledger.closed = { with: close, head: this.#names.length };
    expect(ledger.client.link.closedWith).toBe(close);
    ledger.client.conversation.closed();
  }

  #wait(): void {
    const { clock } = this.#bus;
    clock.advance(this.#random.one(WAITS));
    for (const ledger of this.#ledgers) {
      const { closed, brought } = ledger;
      if (closed || (brought.endsMs ?? Number.POSITIVE_INFINITY) > clock.now()) continue;
      this.#ends(ledger, 'token-expired', CLOSE.expired.code);
      this.seen.expired++;
    }
  }

  async #revoke({ subject, brought: { token }, earlier = 'none', client }: Ledger): Promise<void> {
    const session = client.control('welcome')[0]?.session ?? '';
    const what = this.#random.one([{ subject }, { token }, { session }, { token: earlier }]);
    const revoking = this.#bus.hub.revoke(what);
    await this.#bus.settle();
    const open = this.#ledgers.filter(({ closed }) => !closed);
    const isConcerned = (each: Ledger): boolean => {
      if ('subject' in what) return each.subject === what.subject;
      return 'token' in what ? each.brought.token === what.token : each.client === client;
    };
    const concerned = open.filter(isConcerned);
    expect(await revoking).toBe(concerned.length);
    for (const each of concerned) this.#ends(each, 'revoked', CLOSE.revoked.code);
    this.seen.revoked += concerned.length;
  }

  async #badAuth(ledger: Ledger): Promise<void> {
    const [code, close] = this.#random.one(BAD);
    const isOther = code === 'unauthorized' && this.#random.between(0, 1) === 0;
    let token = 'bad';
    if (isOther) ({ token } = this.#token('another'));
    else this.#gate.refuses(token, new ZerospanError(code));
    ledger.client.say({ auth: { token } });
    await this.#bus.settle();
    this.#ends(ledger, code, close);
  }

  /** Filters that are about as wide as a grant. */
  #near(grant: FilterSet): FilterSet {
    const channels = [this.#random.near(grant)];
    const prefixes = grant.prefixes.map((prefix) => prefix + this.#random.one(['', 'a', '$']));
    return this.#random.one([
      { channels, prefixes },
      { channels: [], prefixes: channels },
      { channels, prefixes: [] },
    ]);
  }

  #subscribe({ client, brought: { may }, live, answers }: Ledger): void {
    const id = ++this.#lastId;
    const filters = this.#random.between(0, 1) === 0 ? this.#random.set(1, 3) : this.#near(may.subscribe);
    client.say({ subscribe: { id, ...filters } });
    const isGranted = opens(may.subscribe, filters);
    this.seen[isGranted ? 'granted' : 'refused']++;
    if (isGranted) live.set(id, filters);
    answers.push(isGranted ? `subscribed ${id}` : `refused ${id} forbidden`);
  }

  #put({ client, brought: { may }, answers }: Ledger): void {
    const id = ++this.#lastId;
    const isNear = this.#random.between(0, 1) === 0;
    const channels = Array.from({ length: 1 + this.#random.between(0, 2) }, () =>
      isNear ? this.#random.near(may.put) : this.#random.name(),
    );
    const names = [...new Set(channels)];
    client.say({ put: { id, channels } }, '1');
    const isOwn = names.some((name) => name.startsWith('$'));
    const isGranted = names.every((name) => lets(may.put, name));
    this.seen[isGranted && !isOwn ? 'put' : 'forbidden']++;
    if (isOwn) answers.push(`refused ${id} reserved-channel`);
    else if (!isGranted) answers.push(`refused ${id} forbidden`);
    else {
      answers.push(`accepted ${id}`);
      for (const name of names) this.#appended(name);
    }
  }

  async #native(): Promise<void> {
    const matching = this.#ledgers.flatMap(({ live }) => [...live.values()]);
    const isNear = matching.length > 0 && this.#random.between(0, 3) > 0;
    const name = isNear ? this.#random.near(this.#random.one(matching)) : this.#random.name();
    await this.#bus.put(name);
    this.#appended(name);
  }

  #end({ client, live }: Ledger): void {
    const [id] = live.keys();
    if (id === undefined) return;
    client.say({ unsubscribe: { id } });
    live.delete(id);
  }

  #auth(ledger: Ledger): void {
    const brought = this.#token(ledger.subject);
    const { token, may, lastsMs } = brought;
    ledger.earlier = ledger.brought.token;
    ledger.brought = brought;
    ledger.client.say({ auth: { token } });
    for (const [id, filters] of ledger.live) {
      if (opens(may.subscribe, filters)) continue;
      ledger.live.delete(id);
      ledger.answers.push(`refused ${id} forbidden`);
    }
    ledger.answers.push(`authorized ${lastsMs ?? null}`);
  }

  #appended(name: string): void {
    this.#names.push(name);
    for (const { brought, live, offsets, closed } of this.#ledgers) {
      if (closed) continue;
      const matchesAny = [...live.values()].some((filters) => lets(filters, name));
      if (matchesAny) {
        // Whatever is delivered, a grant lets through.
        expect(lets(brought.may.subscribe, name)).toBe(true);
        offsets.push(this.#names.length);
      }
      this.seen[matchesAny ? 'delivered' : 'kept']++;
    }
  }
}

function answersOf(client: FakeClient): string[] {
  return client.link.frames.flatMap((frame) => {
    if ('accepted' in frame) return [`accepted ${frame.accepted.put}`];
    if ('error' in frame) return [`error ${frame.error.code}`];
    if ('authorized' in frame) return [`authorized ${frame.authorized.expiresInMs}`];
    if ('subscribed' in frame) return [`subscribed ${frame.subscribed.id}`];
    if (!('refused' in frame)) return [];
    const { put, subscription, code } = frame.refused;
    return [`refused ${put ?? subscription} ${code}`];
  });
}

describe('whatever is asked for, by whomever', () => {
  it('a delivery or a put happens if and only if a grant of a token that holds covers it; a token that ends, is revoked or is bad ends the connection with its code (W2, W5, W6, W10, W11, W12)', async () => {
    const all = { ...NOTHING_SEEN };
    const play = async (seed: number): Promise<void> => {
      const script = new Script(seed);
      await script.run();
      for (const key of Object.keys(all) as (keyof typeof all)[]) all[key] += script.seen[key];
    };
    await fc.assert(fc.asyncProperty(fc.integer(), play), { numRuns: 400, endOnFailure: true });
    const { resumed, ...others } = all;
    for (const count of Object.values(others)) expect(count).toBeGreaterThan(250);
    expect(resumed).toBeGreaterThan(75);
  });
});
