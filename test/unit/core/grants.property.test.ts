import type { FilterSet } from '@zerospan/shared';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type FakeClient, TestBus } from '../../support/core.ts';
import { lets } from '../../support/filters.ts';
import { ALL, NONE, TestGate } from '../../support/grants.ts';
import { opens, RandomFilters } from '../../support/random-filters.ts';

const CLIENTS = 4;
const STEPS = 30;
const MOVES = ['subscribe', 'subscribe', 'put', 'put', 'native', 'native', 'native', 'end', 'auth'] as const;

/** What ought to become of one client, reckoned without any code of the server. */
interface Ledger {
  readonly client: FakeClient;
  readonly subject: string;
  may: { subscribe: FilterSet; put: FilterSet };
  readonly live: Map<number, FilterSet>;
  readonly offsets: number[];
  readonly answers: string[];
}

/** A bus whose clients ask and put at random, each with grants of its own, and a reckoning of what they get. */
class Script {
  readonly #random: RandomFilters;
  readonly #gate = new TestGate();
  readonly #bus = new TestBus({ gate: this.#gate, tailEntries: 3 });
  readonly #ledgers: Ledger[] = [];
  #lastId = 0;
  #tokens = 0;
  #head = 0;
  readonly seen = { delivered: 0, kept: 0, granted: 0, refused: 0, put: 0, forbidden: 0 };

  constructor(seed: number) {
    this.#random = new RandomFilters(seed);
  }

  async run(): Promise<void> {
    for (let i = 0; i < CLIENTS; i++) await this.#join(i);
    for (let i = 0; i < STEPS; i++) {
      const ledger = this.#random.one(this.#ledgers);
      const move = this.#random.one(MOVES);
      if (move === 'subscribe') this.#subscribe(ledger);
      else if (move === 'put') this.#put(ledger);
      else if (move === 'native') await this.#native();
      else if (move === 'end') this.#end(ledger);
      else this.#auth(ledger);
      await this.#bus.settle();
    }
    for (const { client, offsets, answers } of this.#ledgers) {
      expect(client.offsets).toEqual(offsets);
      expect(answersOf(client)).toEqual(answers);
    }
    expect(this.#bus.log.head).toBe(this.#head);
    expect(this.#bus.failures).toEqual([]);
  }

  #token(subject: string): { token: string; may: Ledger['may'] } {
    const token = `token-${++this.#tokens}`;
    const may = { subscribe: this.#random.set(0, 3), put: this.#random.set(0, 3) };
    this.#gate.knows(token, subject, { ...may, history: this.#random.one([ALL, NONE]) });
    return { token, may };
  }

  async #join(nth: number): Promise<void> {
    const subject = `subject-${nth % 2}`;
    const { token, may } = this.#token(subject);
    const client = await this.#bus.join([], { token });
    this.#ledgers.push({ client, subject, may, live: new Map(), offsets: [], answers: [] });
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

  #subscribe({ client, may, live, answers }: Ledger): void {
    const id = ++this.#lastId;
    const filters = this.#random.between(0, 1) === 0 ? this.#random.set(1, 3) : this.#near(may.subscribe);
    client.say({ subscribe: { id, ...filters } });
    const isGranted = opens(may.subscribe, filters);
    this.seen[isGranted ? 'granted' : 'refused']++;
    if (isGranted) live.set(id, filters);
    answers.push(isGranted ? `subscribed ${id}` : `refused ${id} forbidden`);
  }

  #put({ client, may, answers }: Ledger): void {
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
    const wanted = this.#ledgers.flatMap(({ live }) => [...live.values()]);
    const isNear = wanted.length > 0 && this.#random.between(0, 1) === 0;
    const name = isNear ? this.#random.near(this.#random.one(wanted)) : this.#random.name();
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
    const { token, may } = this.#token(ledger.subject);
    ledger.client.say({ auth: { token } });
    ledger.may = may;
    for (const [id, filters] of ledger.live) {
      if (opens(may.subscribe, filters)) continue;
      ledger.live.delete(id);
      ledger.answers.push(`refused ${id} forbidden`);
    }
  }

  #appended(name: string): void {
    this.#head += 1;
    for (const { may, live, offsets } of this.#ledgers) {
      const isWanted = [...live.values()].some((filters) => lets(filters, name));
      if (isWanted) {
        // Whatever is delivered, a grant lets through.
        expect(lets(may.subscribe, name)).toBe(true);
        offsets.push(this.#head);
      }
      this.seen[isWanted ? 'delivered' : 'kept']++;
    }
  }
}

function answersOf(client: FakeClient): string[] {
  return client.link.frames.flatMap((frame) => {
    if ('accepted' in frame) return [`accepted ${frame.accepted.put}`];
    if ('subscribed' in frame) return [`subscribed ${frame.subscribed.id}`];
    if (!('refused' in frame)) return [];
    const { put, subscription, code } = frame.refused;
    return [`refused ${put ?? subscription} ${code}`];
  });
}

describe('whatever is asked for, by whomever', () => {
  it('a delivery or a put happens if and only if a grant covers it (W5, W6, W10)', async () => {
    const all = { delivered: 0, kept: 0, granted: 0, refused: 0, put: 0, forbidden: 0 };
    const play = async (seed: number): Promise<void> => {
      const script = new Script(seed);
      await script.run();
      for (const key of Object.keys(all) as (keyof typeof all)[]) all[key] += script.seen[key];
    };
    await fc.assert(fc.asyncProperty(fc.integer(), play), { numRuns: 300, endOnFailure: true });
    for (const count of Object.values(all)) expect(count).toBeGreaterThan(250);
  }, 60_000);
});
