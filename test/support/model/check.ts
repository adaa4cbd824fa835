import { unionOf } from '@zerospan/shared';
import { expect } from 'vitest';
import type { Gap } from '../../../client/src/types.ts';
import type { ModelClient, ModelPut } from './client.ts';
import { Dues } from './due.ts';
import type { Line } from './server.ts';
import type { ModelSubscriber } from './subscriber.ts';
import type { World } from './world.ts';

/** When everything has come to rest: everybody is live, at the head, and the server knows what the clients know. */
export function checkRest({ server, clients }: World): void {
  const { hub, log } = server;
  expect(server.failures).toEqual([]);
  expect(hub.fanout.head).toBe(log.head);
  const open = clients.filter(({ isClosed }) => !isClosed);
  const sessions = open.map(({ subscribers, wire }) => {
    wire?.tap.checkAllAcknowledged();
    const session = wire?.conversation?.session;
    expect(session).toMatchObject({ standing: 'live', cursor: log.head });
    const known = [...(session?.subscriptions.values() ?? [])];
    expect(known.filter(({ replay }) => replay)).toEqual([]);
    const live = subscribers.flatMap(({ asked, closedAt }) => (closedAt ? [] : asked));
    const sets = live.map(({ set, narrowed }) => narrowed.at(-1)?.set ?? set);
    expect(unionOf(known.map(({ filter }) => filter))).toEqual(unionOf(sets));
    return JSON.stringify(unionOf(sets));
  });
  expect(hub.connections).toBe(open.length);
  expect(hub.fanout.cohorts.count).toBe(new Set(sessions).size);
  for (const { errors, faults } of clients) expect([...errors, ...faults]).toEqual([]);
}

/** When all is closed nothing is left over. */
export function checkEnd({ server, servers, clients, clock }: World): void {
  expect(clients.map(({ bus }) => bus.state)).toEqual(clients.map(() => 'closed'));
  expect(server.hub.connections).toBe(0);
  expect(server.hub.fanout.cohorts.count).toBe(0);
  for (const { hub } of servers) hub.stop();
  expect(clock.pending).toBe(0);
}

/** Everything that was handed over, told and answered, against everything that was ever appended. */
export function checkLedger(world: World, held: ReadonlySet<number>): void {
  const ledger = new Map(world.ledger.map((line) => [keyOf(line), line]));
  for (const client of world.clients) {
    const dues = new Dues(world, client, held);
    for (const subscriber of client.subscribers) new Account(world, dues, client, subscriber).check(ledger);
  }
  checkPuts(world);
}

/** What one subscriber was given, and what it should have been. */
class Account {
  readonly #world: World;
  readonly #dues: Dues;
  readonly #client: ModelClient;
  readonly #subscriber: ModelSubscriber;
  readonly #given = new Set<string>();
  readonly #gaps: Gap[] = [];
  readonly #name: string;

  constructor(world: World, dues: Dues, client: ModelClient, subscriber: ModelSubscriber) {
    this.#world = world;
    this.#dues = dues;
    this.#client = client;
    this.#subscriber = subscriber;
    this.#name = `subscriber ${world.subscribers.indexOf(subscriber)}`;
  }

  check(ledger: ReadonlyMap<string, Line>): void {
    this.#checkGiven(ledger);
    const wanted = this.#world.ledger.filter((line) => this.#dues.of(this.#subscriber, line) !== 'never');
    const lost = wanted.filter((line) => !this.#given.has(keyOf(line)));
    for (const line of lost) {
      if (this.#dues.of(this.#subscriber, line) === 'must' && !this.#gaps.some((gap) => covers(gap, line)))
        this.#fail(`neither given ${keyOf(line)} nor told of it: gaps ${JSON.stringify(this.#gaps)}`);
    }
    for (const gap of this.#gaps) this.#checkGap(gap, lost);
    if (this.#isExact) for (const { log } of this.#world.servers) this.#checkMissed(log.epoch, lost);
  }

  #checkGiven(ledger: ReadonlyMap<string, Line>): void {
    const { items } = this.#subscriber;
    const lives = this.#world.servers.map(({ log }) => log.epoch);
    let last = { life: -1, offset: 0 };
    let queueGapTo = 0;
    for (const item of items) {
      if (item.kind === 'gap') {
        const { epoch, from, to, reason } = item.gap;
        this.#gaps.push(item.gap);
        if (this.#isOne && from !== null && lives.indexOf(epoch) === last.life && from <= last.offset)
          this.#fail(`told ${JSON.stringify(item.gap)} after it was given ${last.offset}`);
        queueGapTo = reason === 'queue' && lives.indexOf(epoch) === last.life ? (to ?? 0) : 0;
        continue;
      }
      const { epoch, offset, channel, time, text } = item.publication;
      const key = keyOf(item.publication);
      const line = ledger.get(key);
      expect(line, `${this.#name} was given ${key}`).toEqual({ epoch, offset, channel, time, text });
      if (!line || this.#dues.of(this.#subscriber, line) === 'never') this.#fail(`given ${key} unasked`);
      if (this.#given.has(key)) this.#fail(`given ${key} twice`);
      const life = lives.indexOf(epoch);
      const isLater = life > last.life || (life === last.life && offset > Math.max(last.offset, queueGapTo));
      if (this.#isOne && !isLater) this.#fail(`given ${key} too late`);
      this.#given.add(key);
      last = { life, offset };
      queueGapTo = 0;
    }
  }

  /** A gap has a cause. */
  #checkGap(gap: Gap, lost: readonly Line[]): void {
    const told = `told ${JSON.stringify(gap)}`;
    if (gap.reason === 'restart') {
      const same = this.#gaps.filter(({ reason, epoch }) => reason === 'restart' && epoch === gap.epoch);
      if (this.#isOne && same.length > 1) this.#fail(`${told} twice`);
      if (gap.epoch === this.#world.place.epoch) this.#fail(`${told} of a log that goes on`);
      return;
    }
    const causes = lost.filter((line) => covers(gap, line));
    // Of several subscriptions of the wire one may have lost what another has; and what is taken away may be told of meanwhile.
    if (this.#isOne && !this.#isNarrowed && causes.length === 0)
      this.#fail(`${told} without having lost anything`);
    if (this.#isOne && !this.#isNarrowed && gap.missed !== null && gap.missed > causes.length)
      this.#fail(`${told} having lost only ${causes.length}`);
  }

  /** The counts of all gaps come to what was lost in all. */
  #checkMissed(epoch: string, lost: readonly Line[]): void {
    const gaps = this.#gaps.filter((gap) => gap.epoch === epoch);
    const missed = gaps.reduce<number | null>((sum, gap) => add(sum, gap.missed), 0);
    const told = lost.filter((line) => line.epoch === epoch && gaps.some((gap) => covers(gap, line)));
    const least = told.filter((line) => this.#dues.of(this.#subscriber, line) === 'must').length;
    if (missed !== null && (missed < least || missed > told.length))
      this.#fail(`told that ${missed} were missed, not ${least}, of ${epoch}: ${JSON.stringify(gaps)}`);
  }

  /** With several subscriptions of the wire for one subscriber, order and counts hold for each of them alone. */
  get #isOne(): boolean {
    return this.#subscriber.asked.length === 1;
  }

  get #isNarrowed(): boolean {
    return this.#subscriber.asked.some(({ narrowed }) => narrowed.length > 0);
  }

  get #isExact(): boolean {
    const [asked] = this.#subscriber.asked;
    return (
      this.#isOne &&
      asked !== undefined &&
      !this.#isNarrowed &&
      // What is kept as the last of its channel may be lost later, inside of a gap that has been told.
      this.#world.setting.lasts === 0 &&
      asked.cutAbove === undefined &&
      !this.#isClosedEarly
    );
  }

  get #isClosedEarly(): boolean {
    return this.#subscriber.closedAt !== undefined;
  }

  #fail(what: string): never {
    const { asked } = this.#subscriber;
    throw new Error(
      `${this.#name} of bus ${this.#world.clients.indexOf(this.#client)} was ${what}\nasked ${JSON.stringify(asked)}`,
    );
  }
}

/** Each put at most once, those accepted where their answer says, all or none. */
function checkPuts({ clients, ledger }: World): void {
  for (const { puts } of clients) {
    for (const put of puts) checkPut(put, ledger);
    const accepted = puts.flatMap(({ result }) =>
      result ? [{ epoch: result.epoch, at: result.channels[0]?.offset ?? 0 }] : [],
    );
    for (const [i, { epoch, at }] of accepted.entries()) {
      const earlier = accepted.slice(0, i).filter((one) => one.epoch === epoch && one.at > at);
      expect(earlier, `puts before the one at ${at}`).toEqual([]);
    }
  }
}

function checkPut({ channels, text, result, code }: ModelPut, ledger: readonly Line[]): void {
  const lines = ledger.filter((line) => line.text === text);
  const where = lines.map(({ epoch, offset, channel, time }) => ({ epoch, offset, channel, time }));
  if (result) {
    const { epoch, time } = result;
    const told = result.channels.map(({ channel, offset }) => ({ epoch, offset, channel, time }));
    expect(told.map(({ channel }) => channel)).toEqual(channels);
    expect(where, `put ${text}`).toEqual(told);
    return;
  }
  expect(code, `put ${text} was never answered`).toBeDefined();
  expect(['outcome-unknown', 'closed'], `put ${text}`).toContain(code);
  if (code === 'outcome-unknown' && lines.length > 0)
    expect(
      lines.map(({ channel }) => channel),
      `put ${text}`,
    ).toEqual(channels);
  else expect(where, `put ${text}, which was refused`).toEqual([]);
}

function keyOf({ epoch, offset }: { readonly epoch: string; readonly offset: number }): string {
  return `${epoch}:${offset}`;
}

function covers({ epoch, from, to }: Gap, line: Line): boolean {
  return (
    epoch === line.epoch && (from ?? 0) <= line.offset && line.offset <= (to ?? Number.POSITIVE_INFINITY)
  );
}

function add(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : a + b;
}
