import { type Explanation, type SubscribeBody, TIMES, ZerospanError } from '@zerospan/shared';
import { allowAll } from '../../../server/src/core/access/gate.ts';
import { Hub } from '../../../server/src/core/hub.ts';
import { Explainer } from '../../../server/src/core/observing/explain/explainer.ts';
import { ENTRY_OVERHEAD_BYTES, MemoryLog } from '../../../server/src/logs/memory/index.ts';
import { atOnce } from '../at-once.ts';
import { ALL, set, TestGate } from '../grants.ts';
import { ManualClock } from '../manual-clock.ts';
import { Random } from '../random.ts';
import { type Line, type Now, verdictBySight } from './oracle.ts';
import { type Life, ScriptClient } from './script-client.ts';
import { type Moment, TranscriptLink } from './transcript.ts';

const CHANNELS = ['a', 'b', 'ab', 'c'] as const;
const CLIENTS = 3;

/** What a token grants: everything, no history, next to nothing, and history of one channel. */
const TOKENS = {
  all: { subscribe: ALL, history: ALL },
  recent: { subscribe: ALL },
  narrow: { subscribe: set('a b*'), history: set('a') },
  other: { subscribe: set('a ab c'), history: ALL },
} as const;

/** Everything that a script may do, as often as it stands there. */
const STEPS = [
  ...['put', 'put', 'put', 'put', 'burst', 'flood', 'upstream', 'turn', 'turn', 'turn', 'settle'],
  ...[
    'subscribe',
    'subscribe',
    'subscribe',
    'unsubscribe',
    'narrow',
    'read',
    'read',
    'ack',
    'ack',
    'flow',
    'flow',
  ],
  ...['stall', 'stall', 'drain', 'cut', 'connect', 'connect', 'connect', 'restart client', 'take over'],
  ...['auth', 'revoke', 'wait', 'wait', 'check'],
] as const;

export interface ExplainOptions {
  readonly seed: number;
  /** Default: more than any script needs. */
  readonly journalBytes?: number;
}

/** Random histories of a few clients on a narrow log; what explain says of them is held against what was seen. */
export class ExplainWorld {
  readonly verdicts = new Map<string, number>();
  readonly #random: Random;
  readonly #clock = new ManualClock();
  readonly #gate = new TestGate();
  readonly #log: MemoryLog;
  readonly #hub: Hub;
  readonly #explainer: Explainer;
  readonly #lines: Line[] = [];
  readonly #clients: ScriptClient[] = [];
  readonly #isSmall: boolean;
  #due: (() => void)[] = [];
  #moment: { readonly key: string; readonly moment: Moment } | undefined;

  constructor({ seed, journalBytes = 1e9 }: ExplainOptions) {
    this.#random = new Random(seed);
    this.#isSmall = journalBytes < 1e9;
    const random = this.#random;
    const [entries, lasts] = [random.between(6, 20), random.one([0, 0, 1, 3])];
    const cost = ENTRY_OVERHEAD_BYTES + 40;
    this.#log = new MemoryLog({
      clock: this.#clock,
      bytes: entries * cost,
      lastBytes: lasts * cost,
      ageMs: random.one([0, 0, 20_000]),
      epoch: 'epoch-1',
    });
    for (const [token, grants] of Object.entries(TOKENS)) this.#gate.knows(token, 'carl', grants);
    let ids = 0;
    this.#hub = new Hub({
      log: this.#log,
      clock: this.#clock,
      endOfTurn: (action) => this.#due.push(action),
      native: { nativeSubscriptions: () => 0 },
      tail: { entries: random.one([2, 3, 1_000]), bytes: 1e9 },
      newId: () => `session-${++ids}`,
      onFailure: (error) => {
        throw error;
      },
      gate: random.chance(0.7) ? this.#gate : allowAll,
      bounds: { resumeWindowMs: random.one([2_000, 60_000]), journalBytes },
    });
    this.#log.follow(({ offset, channel, kind }) => {
      this.#lines.push({ offset, channel, isGap: kind === 'gap', atMs: this.#log.elapsed() });
    });
    this.#explainer = new Explainer(this.#hub, this.#log, atOnce);
    for (let i = 1; i <= CLIENTS; i++)
      this.#clients.push(
        new ScriptClient(`client-${i}-of-many`, random.chance(0.7), random.one(Object.keys(TOKENS))),
      );
  }

  /** @throws Error where explain and what was seen do not agree */
  async run(steps: number): Promise<void> {
    for (let i = 0; i < 3; i++) this.#put(this.#random.one(CHANNELS));
    for (const client of this.#clients.slice(0, 2)) {
      await this.#connect(client, true);
      client.subscribe(this.#wish(), this.#clock.elapsed());
      await this.#settle();
    }
    for (let i = 0; i < steps; i++) {
      await this.#step();
      this.#noteEnds();
    }
    await this.#check();
    await this.#settle();
    await this.#check();
    await this.#hub.stop();
  }

  async #step(): Promise<void> {
    const random = this.#random;
    const client = random.one(this.#clients);
    const { life } = client;
    switch (random.one(STEPS)) {
      case 'put':
        return this.#put(random.one(CHANNELS));
      case 'burst':
        for (let i = random.between(2, 8); i > 0; i--) this.#put(random.one(CHANNELS));
        return;
      case 'flood':
        for (let i = random.between(10, 30); i > 0; i--) this.#put(random.one(CHANNELS));
        return await this.#turn();
      case 'upstream':
        this.#log.appendGap({ channels: [random.one(CHANNELS)], missed: random.one([null, 2]) });
        return;
      case 'turn':
        return await this.#turn();
      case 'settle':
        return await this.#settle();
      case 'subscribe':
        client.subscribe(this.#wish(), this.#clock.elapsed());
        return await microtasks();
      case 'unsubscribe':
        if (life && client.ids.length > 0) client.unsubscribe(random.one(client.ids));
        return;
      case 'narrow':
        if (life && client.ids.length > 0)
          client.unsubscribe(random.one(client.ids), random.some(2, CHANNELS));
        return;
      case 'read':
        client.read(random.between(1, 6));
        return client.ackAtOnce();
      case 'ack':
        client.read(random.between(0, 3));
        client.ackAtOnce();
        return client.ack();
      case 'flow':
        if (life) Object.assign(life.link, { hasRoom: true, room: Number.POSITIVE_INFINITY });
        life?.conversation.roomAgain();
        await this.#turn();
        client.read(1_000);
        client.ackAtOnce();
        return client.ack();
      case 'stall':
        if (life) life.link.room = random.between(1, 4);
        return;
      case 'drain':
        if (life)
          Object.assign(life.link, { hasRoom: true, room: random.one([3, 8, Number.POSITIVE_INFINITY]) });
        return life?.conversation.roomAgain();
      case 'cut':
        return this.#cut(client);
      case 'connect':
        if (!life) await this.#connect(client, true);
        return;
      case 'restart client':
        this.#cut(client);
        return await this.#connect(client, random.chance(0.3));
      case 'take over':
        if (life) client.read(1_000);
        return await this.#connect(client, true);
      case 'auth':
        client.token = random.one(Object.keys(TOKENS));
        client.say({ auth: { token: client.token } });
        return await microtasks();
      case 'revoke':
        if (life && random.chance(0.3)) life.conversation.reject(new ZerospanError('revoked'));
        return;
      case 'wait':
        this.#clock.advance(random.one([1, 100, 400, 3_000, TIMES.beatMs]));
        return;
      case 'check':
        return await this.#check();
    }
  }

  #put(channel: string): void {
    this.#log.append({ channels: [channel], payload: Buffer.from(`${this.#lines.length}`), republish: true });
  }

  #wish(): Omit<SubscribeBody, 'id'> {
    const random = this.#random;
    const channels = random.some(random.between(1, 2), CHANNELS);
    const offset = random.between(0, this.#log.head);
    const replay = random.one([
      ...[false as const, false as const, false as const, { last: random.between(1, 3) }, { last: 2 }],
      ...[{ sinceMs: random.one([0, 300, 5_000]) }, { since: { epoch: 'epoch-1', offset } }],
    ]);
    const prefixes = random.chance(0.2) ? [random.one(['a', ''])] : [];
    const onLag = random.one(['replay', 'replay', 'latest', 'latest', 'close'] as const);
    return { channels, ...(prefixes.length > 0 && { prefixes }), onLag, ...(replay && { replay }) };
  }

  async #connect(client: ScriptClient, resumes: boolean): Promise<void> {
    const link = new TranscriptLink(() => this.#now());
    const conversation = this.#hub.open(link);
    const session = (): string | undefined =>
      link.happened.some((one) => one.kind === 'wrote' && 'welcome' in one.message)
        ? conversation.id
        : undefined;
    const before = client.life;
    const life: Life = { session, link, conversation, ended: undefined };
    client.connect(life, resumes, this.#clock.elapsed());
    await microtasks();
    if (before) this.#end(before, false);
    this.#noteEnds();
  }

  #cut(client: ScriptClient): void {
    const { life } = client;
    if (!life) return;
    // Nothing is written to it from here on.
    life.link.close(1006);
    this.#end(life, true);
    life.conversation.closed();
  }

  #end(life: Life, isLost: boolean): void {
    life.ended ??= { at: life.link.closedAt ?? this.#now(), isLost, written: life.link.happened.length };
  }

  /** What the server has closed is over for the client as well. */
  #noteEnds(): void {
    for (const { life } of this.#clients) {
      if (life?.link.closedWith === undefined) continue;
      this.#end(life, false);
      life.conversation.closed();
    }
  }

  #now(): Moment {
    const { head, droppedUpTo, counts } = this.#log;
    const key = `${head} ${droppedUpTo} ${counts.entries}`;
    if (this.#moment?.key !== key) {
      const interests = [{ filter: ALL, after: 0 }];
      const { entries } = this.#log.read({ after: 0, interests, scan: 10_000, bytes: 1e9 });
      this.#moment = {
        key,
        moment: { head, held: new Set(entries.map(({ offset }) => offset)), elapsed: 0 },
      };
    }
    return { ...this.#moment.moment, elapsed: this.#clock.elapsed() };
  }

  async #check(): Promise<void> {
    const { held, head } = this.#now();
    const now: Now = { lines: this.#lines, held, head };
    for (const client of this.#clients) {
      const [life] = client.lives.filter(({ session }) => session() !== undefined).slice(-1);
      if (!life) continue;
      for (const line of this.#random.some(6, this.#random.one([this.#lines, this.#lines.slice(-25)]))) {
        const expected = verdictBySight(client.lives, line, now);
        const position = { epoch: 'epoch-1', offset: line.offset };
        const said = await this.#explainer.explain(position, life.session() as string);
        this.#compare(client, line, expected, said as Explanation);
      }
    }
  }

  #compare(client: ScriptClient, line: Line, expected: string | undefined, said: Explanation): void {
    const name = expected === undefined ? 'murky' : said.verdict;
    this.verdicts.set(name, (this.verdicts.get(name) ?? 0) + 1);
    const isTrue = said.verdict !== 'had' || client.has.has(line.offset);
    if (isTrue && (expected === undefined || said.verdict === expected)) return;
    if (this.#isSmall && said.verdict === 'unknown') return;
    const stories = client.lives.map(
      ({ link, session, ended }) =>
        `${session()} ${JSON.stringify(link.happened.map((one) => (one.kind === 'entry' ? one.offset : one.message)))} ended ${JSON.stringify(ended?.at.head)}`,
    );
    throw new Error(
      `${line.offset} ${line.channel}: explain says ${said.verdict}, it is ${isTrue ? expected : 'not received'}\n${JSON.stringify(said, undefined, 1)}\n${stories.join('\n')}`,
    );
  }

  async #turn(): Promise<void> {
    for (const action of this.#due.splice(0)) action();
    await microtasks();
  }

  async #settle(): Promise<void> {
    await microtasks();
    for (let turns = 0; this.#due.length > 0; turns++) {
      if (turns > 10_000) throw new Error('the bus does not come to rest');
      await this.#turn();
    }
  }
}

async function microtasks(): Promise<void> {
  for (let i = 0; i < 30; i++) await Promise.resolve();
}
