import { readdirSync, readFileSync } from 'node:fs';
import {
  type AbsentClient,
  type AcceptedBody,
  type AcceptedChannel,
  type AckBody,
  type AuthBody,
  type AuthorizedBody,
  type ChannelGap,
  type ChannelWho,
  CLIENT_MESSAGES,
  CLOSE,
  type ClientMessage,
  CODES,
  type Confirm,
  type ConfirmedBody,
  type ConfirmedChannel,
  type DrainingBody,
  decodeServerFrame,
  type ErrorBody,
  encodeControl,
  encodePut,
  GAP_REASONS,
  type HelloBody,
  LIMITS,
  type LiveBody,
  type Match,
  matcherOf,
  type NamedSession,
  type PingBody,
  type Position,
  PROTOCOL,
  PROTOCOL_CODES,
  type PublicationFrame,
  type PutBody,
  type PutPace,
  type RefusedBody,
  type ReplayBody,
  SERVER_MESSAGES,
  type ServerMessage,
  type SubscribeBody,
  type SubscribedBody,
  type SubscriptionGap,
  shouldReconnect,
  TIMES,
  type UnsubscribeBody,
  type WelcomeBody,
} from '@zerospan/shared';
import { describe, expect, it } from 'vitest';

const document = readFileSync(new URL('../../PROTOCOL.md', import.meta.url), 'utf8');

/** The page's lines; in an example, whose remarks look like headings, `inside` is true. */
const lines = document.split('\n').map((text, i, all) => ({
  text,
  inside: all.slice(0, i).filter((line) => line.startsWith('```')).length % 2 === 1,
}));

/** What stands below a heading, down to the next heading of its level or a higher one. */
function section(heading: string): string {
  const from = lines.findIndex(({ text, inside }) => text === heading && !inside);
  if (from < 0) throw new Error(`PROTOCOL.md has no heading "${heading}"`);
  const after = lines.slice(from + 1);
  const level = heading.indexOf(' ');
  const to = after.findIndex(
    ({ text, inside }) => !inside && /^#+ /.test(text) && text.indexOf(' ') <= level,
  );
  return after
    .slice(0, to < 0 ? undefined : to)
    .map(({ text }) => text)
    .join('\n');
}

/** The cells of the table under a heading whose first column has this title. */
function rows(heading: string, first: string): string[][] {
  const below = section(heading).split('\n');
  const from = below.findIndex((line) => line.startsWith(`| ${first} |`));
  if (from < 0) throw new Error(`"${heading}" has no table whose first column is "${first}"`);
  const after = below.slice(from + 2);
  const to = after.findIndex((line) => !line.startsWith('|'));
  return after.slice(0, to < 0 ? undefined : to).map((line) =>
    line
      .replace(/^\| | ?\|$/g, '')
      .split(' | ')
      .map((cell) => cell.replace(/^`([^`]*)`$/, '$1')),
  );
}

/** The messages that have a heading of their own below this one. */
function headings(heading: string): string[] {
  return [...section(heading).matchAll(/^#### `(\w+)`$/gm)].map((match) => match[1] ?? '');
}

const numbers = (table: string[][]): object =>
  Object.fromEntries(table.map(([name, value = '']) => [name, Number(value.replaceAll(',', ''))]));

type Presence<Body> = {
  readonly [field in keyof Body]-?: Record<never, never> extends Pick<Body, field> ? 'optional' : 'always';
};

/** What a replay request may hold; exactly one of them. */
interface AnyReplay {
  since?: Position;
  last?: number;
  sinceMs?: number;
}

/** What a gap may hold: subscriptions, or for one from upstream a channel. */
type AnyGap = Omit<SubscriptionGap, 'subscriptions'> &
  Partial<Pick<SubscriptionGap, 'subscriptions'>> &
  Partial<Pick<ChannelGap, 'channel'>>;

/** Every field of every message. The compiler holds this against the types, a test holds it against the page. */
const FIELDS = {
  '#### `hello`': {
    protocol: 'always',
    client: 'always',
    name: 'optional',
    token: 'optional',
    acks: 'optional',
    connection: 'optional',
    epoch: 'optional',
    subscriptions: 'optional',
  } satisfies Presence<HelloBody>,
  '#### `subscribe`': {
    id: 'always',
    channels: 'optional',
    prefixes: 'optional',
    replay: 'optional',
    onLag: 'optional',
    after: 'optional',
    replayed: 'optional',
  } satisfies Presence<SubscribeBody>,
  '#### `ack`': { offset: 'always', bytes: 'always' } satisfies Presence<AckBody>,
  '#### `unsubscribe`': {
    id: 'always',
    channels: 'optional',
    prefixes: 'optional',
  } satisfies Presence<UnsubscribeBody>,
  '#### `put`': {
    id: 'always',
    channels: 'always',
    againMs: 'optional',
    confirm: 'optional',
  } satisfies Presence<PutBody>,
  '#### `ping`': { id: 'always' } satisfies Presence<PingBody>,
  '#### `pong`': { id: 'always' } satisfies Presence<BodyOf<'pong'>>,
  '#### `auth`': { token: 'always' } satisfies Presence<AuthBody>,
  '#### `authorized`': { expiresInMs: 'always' } satisfies Presence<AuthorizedBody>,
  '#### Pace': {
    putsPerS: 'always',
    burst: 'always',
    left: 'optional',
    bytesPerS: 'optional',
    burstBytes: 'optional',
    leftBytes: 'optional',
  } satisfies Presence<PutPace>,
  '#### `welcome`': {
    session: 'always',
    epoch: 'always',
    begins: 'optional',
    resumed: 'always',
    from: 'always',
    head: 'always',
    beatMs: 'always',
    silenceMs: 'always',
    retrySpreadMs: 'always',
    limits: 'always',
    expiresInMs: 'optional',
    pace: 'optional',
  } satisfies Presence<WelcomeBody>,
  '#### `subscribed`': {
    id: 'always',
    offset: 'always',
    replaying: 'always',
  } satisfies Presence<SubscribedBody>,
  '#### `unsubscribed`': { id: 'always' } satisfies Presence<BodyOf<'unsubscribed'>>,
  '#### `replay`': { subscription: 'always', count: 'always' } satisfies Presence<ReplayBody>,
  '#### `live`': {
    subscription: 'always',
    offset: 'always',
    incomplete: 'optional',
  } satisfies Presence<LiveBody>,
  '#### `accepted`': { put: 'always', time: 'always', channels: 'always' } satisfies Presence<AcceptedBody>,
  '#### `confirmed`': {
    put: 'always',
    channels: 'always',
    sessions: 'optional',
    more: 'optional',
    absent: 'optional',
  } satisfies Presence<ConfirmedBody>,
  '#### `refused`': {
    put: 'optional',
    subscription: 'optional',
    code: 'always',
    reason: 'always',
    remedy: 'always',
  } satisfies Presence<RefusedBody>,
  '#### `gap`': {
    subscriptions: 'optional',
    channel: 'optional',
    reason: 'always',
    epoch: 'always',
    from: 'always',
    to: 'always',
    missed: 'always',
  } satisfies Presence<AnyGap>,
  '#### `draining`': { comeBackMs: 'always' } satisfies Presence<DrainingBody>,
  '#### `beat`': {
    offset: 'always',
    retrySpreadMs: 'optional',
    logAwayMs: 'optional',
  } satisfies Presence<BodyOf<'beat'>>,
  '#### `error`': { code: 'always', reason: 'always', remedy: 'always' } satisfies Presence<ErrorBody>,
  '#### Replay request': {
    since: 'optional',
    last: 'optional',
    sinceMs: 'optional',
  } satisfies Presence<AnyReplay>,
  '#### Position': { epoch: 'always', offset: 'always' } satisfies Presence<Position>,
  '#### Confirm': { timeoutMs: 'always', who: 'optional' } satisfies Presence<Confirm>,
  '#### Confirmed channel': {
    channel: 'always',
    offset: 'always',
    confirmed: 'always',
    skipped: 'always',
    unanswered: 'always',
    who: 'optional',
  } satisfies Presence<ConfirmedChannel>,
  '#### Who': {
    has: 'always',
    skipped: 'always',
    unanswered: 'always',
    away: 'always',
  } satisfies Presence<ChannelWho>,
  '#### Named session': {
    session: 'always',
    ref: 'always',
    subject: 'optional',
    name: 'optional',
  } satisfies Presence<NamedSession>,
  '#### Absent client': {
    session: 'always',
    ref: 'always',
    subject: 'optional',
    name: 'optional',
    lostMs: 'always',
    channels: 'always',
  } satisfies Presence<AbsentClient>,
  '#### Accepted channel': {
    channel: 'always',
    offset: 'always',
    sessions: 'always',
    nativeSubscriptions: 'always',
  } satisfies Presence<AcceptedChannel>,
};

type BodyOf<Key extends (typeof SERVER_MESSAGES)[number]> = Extract<ServerMessage, Record<Key, unknown>>[Key];

describe('the tables of PROTOCOL.md', () => {
  it('have the messages of the code, and no others', () => {
    expect(headings('### Client to server')).toEqual([...CLIENT_MESSAGES]);
    expect(headings('### Server to client')).toEqual([...SERVER_MESSAGES]);
  });

  it.each(Object.entries(FIELDS))('have the fields of the code, and no others: %s', (heading, fields) => {
    const table = rows(heading, 'field').map(([name = '', , byDefault = '']) => [
      name,
      byDefault === 'required' || byDefault === 'always' ? 'always' : 'optional',
    ]);
    expect(table).toEqual(Object.entries(fields));
  });

  it('have the codes of the code, and no others', () => {
    const table = rows('### Codes', 'code').map(([name, said, retry, meaning, remedy]) => [
      name,
      { said, retry: retry === 'yes', meaning, remedy },
    ]);
    expect(Object.fromEntries(table)).toEqual(PROTOCOL_CODES);
    expect(rows('### Codes', 'code').every(([, , retry]) => retry === 'yes' || retry === 'no')).toBe(true);
  });

  it('have the close codes of the code, and no others', () => {
    const table = rows('### Close codes', 'close code');
    const own = table.map(([code, name, meaning]) => [name, { code: Number(code), meaning }]);
    expect(Object.fromEntries(own)).toEqual(CLOSE);
    const reactions = table.map(([code, , , reaction]) => [code, reaction]);
    const expected = Object.values(CLOSE).map(({ code }) => [
      String(code),
      shouldReconnect(code) ? 'reconnect' : 'do not reconnect',
    ]);
    expect(reactions).toEqual(expected);
  });

  it('have the reasons of gaps of the code, and no others', () => {
    expect(rows('## 8. Gaps', 'reason').map(([reason]) => reason)).toEqual([...GAP_REASONS]);
  });

  it('have the limits and times of the code, and no others', () => {
    expect(numbers(rows('## 15. Limits and times', 'limit'))).toEqual(LIMITS);
    expect(numbers(rows('## 15. Limits and times', 'time'))).toEqual(TIMES);
  });

  it('name each row once', () => {
    const tables = [
      rows('### Codes', 'code'),
      rows('## 15. Limits and times', 'limit'),
      rows('## 15. Limits and times', 'time'),
    ];
    const close = rows('### Close codes', 'close code').map(([, name]) => [name]);
    for (const table of [...tables, close]) {
      const names = table.map(([name]) => name);
      expect(names).toEqual([...new Set(names)]);
    }
  });

  it('stand where the remedies say', () => {
    const remedies = Object.values(CODES).map(({ remedy }) => remedy);
    const named = remedies.flatMap((remedy) => remedy.match(/PROTOCOL\.md, section (\d+)/)?.[1] ?? []);
    expect(named.map((number) => document.match(`\n## ${number}\\. (.*)\n`)?.[1])).toEqual([
      'Frames and messages',
      'Hello',
      'Beat and liveness',
      'Beat and liveness',
    ]);
  });
});

const rules = [...document.matchAll(/^- \*\*([A-Z])(\d+)\*\* ((?:.*\n)+?)(?=- \*\*|\n)/gm)].map(
  ([, letter = '', number, words = '']) => ({ name: letter + number, letter, number: Number(number), words }),
);

describe('the rules of PROTOCOL.md', () => {
  it('are numbered from 1 in each group, each number once', () => {
    const expected: string[] = [];
    for (const letter of new Set(rules.map((rule) => rule.letter))) {
      const group = rules.filter((rule) => rule.letter === letter);
      expected.push(...group.map((_, i) => `${letter}${i + 1}`));
    }
    expect(rules.length).toBeGreaterThan(50);
    expect(rules.map(({ name }) => name)).toEqual(expected);
  });

  it('say what must be, should be or may be', () => {
    expect(rules.filter(({ words }) => !/\b(MUST|SHOULD|MAY)\b/.test(words)).map(({ name }) => name)).toEqual(
      [],
    );
  });

  const named = (source: string): string[] =>
    [...source.matchAll(/\(([A-Z]\d+(?:, [A-Z]\d+)*)\)/g)].flatMap(([, names = '']) => names.split(', '));
  const tests = readdirSync(new URL('..', import.meta.url), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => readFileSync(new URL(`../${file}`, import.meta.url), 'utf8'));

  it('are there wherever the page or the title of a test names one', () => {
    const known = new Set(rules.map(({ name }) => name));
    const all = [document, ...tests].flatMap(named);
    expect(all.length).toBeGreaterThan(10);
    expect(all.filter((name) => !known.has(name))).toEqual([]);
  });

  it('are each shown by a test whose title names it', () => {
    const titles = tests.flatMap(
      (source) => source.match(/^\s*(?:\w.*\()?(['"`]).* \([A-Z]\d.*\).*\1.*$/gm) ?? [],
    );
    const shown = new Set(titles.flatMap(named));
    expect(rules.map(({ name }) => name).filter((name) => !shown.has(name))).toEqual([]);
  });
});

interface Line {
  by: 'C' | 'S' | '#';
  text: string;
}

function conversations(): { title: string; lines: Line[] }[] {
  const parts = section('## 17. Example conversations').split(/^### /m).slice(1);
  return parts.map((part) => {
    const lines: Line[] = [];
    for (const line of part.match(/```zerospan\n([\s\S]*?)\n```/)?.[1]?.split('\n') ?? []) {
      const [, by, words = ''] = line.match(/^(C:|S:|#) (.*)$/) ?? [];
      const last = lines.at(-1);
      if (by) lines.push({ by: by.charAt(0) as Line['by'], text: words });
      else if (last && line.startsWith('   ')) last.text += `\n${line.slice(3)}`;
      else throw new Error(`neither a frame nor a remark: ${line}`);
    }
    return { title: part.slice(0, part.indexOf('\n')), lines };
  });
}

/** Where a subscription stands, as `hello` says it. */
type Where = { [field in 'replay' | 'after' | 'replayed']?: SubscribeBody[field] | undefined };

function whereOf({ replay, after, replayed }: SubscribeBody): Where {
  return { ...(replay && { replay }), ...(after !== undefined && { after }), ...(replayed && { replayed }) };
}

interface ModelSubscription {
  match: Match;
  state: 'asked' | 'replaying' | 'live';
  start: number;
  where: Where;
  last: number;
  reported: Map<string, number>;
}

/** A client as the rules describe it, as short as it can be: it reads the examples and says who takes what. */
class Model {
  readonly subscriptions = new Map<number, ModelSubscription>();
  readonly puts: number[] = [];
  position: number | undefined;
  epoch: string | undefined;
  #asked: number[] = [];
  #named: string | undefined;
  #announced = { subscription: 0, count: 0 };
  #newest = 0;

  connected(): void {
    this.#newest = 0;
    this.puts.length = 0;
    this.#announced.count = 0;
  }

  sent(frame: string): void {
    const [line = '', ...rest] = frame.split('\n');
    const payload = rest.join('\n');
    const message = JSON.parse(line) as ClientMessage;
    expect(Object.keys(message)).toHaveLength(1);
    expect(CLIENT_MESSAGES).toContain(Object.keys(message)[0]);
    if ('put' in message) {
      expect(encodePut(message.put, payload)).toBe(frame);
      JSON.parse(payload);
      this.puts.push(message.put.id);
      return;
    }
    expect(encodeControl(message)).toBe(frame);
    if ('hello' in message) this.#hello(message.hello);
    if ('subscribe' in message) this.#ask(message.subscribe);
    if ('unsubscribe' in message) expect(this.subscriptions.has(message.unsubscribe.id)).toBe(true);
  }

  /** Answers what the client makes of a frame, in the words of the remarks; nothing if nobody has to know. */
  received(frame: string): string | undefined {
    const read = decodeServerFrame(frame);
    if (read.kind === 'publication') return this.#publication(read.publication);
    if (read.kind === 'foreign') throw new Error(`not a message of this version: ${frame}`);
    // Between a replay and its last entry nothing else may come.
    if (!('gap' in read.message && 'channel' in read.message.gap)) expect(this.#announced.count).toBe(0);
    expect(Object.keys(read.message)).toHaveLength(1);
    expect(encodeControl(read.message)).toBe(frame);
    const [[key, body] = ['', {}]] = Object.entries(read.message);
    const fields = Object.entries(FIELDS[`#### \`${key as BodyKey}\``]);
    expect(fields.map(([name]) => name)).toEqual(expect.arrayContaining(Object.keys(body)));
    const needed = fields.filter(([, presence]) => presence === 'always').map(([name]) => name);
    expect(Object.keys(body)).toEqual(expect.arrayContaining(needed));
    return this.#control(read.message);
  }

  get where(): string {
    return this.position === undefined ? 'no position' : `position ${this.position}`;
  }

  #hello({ protocol, client, epoch, subscriptions = [] }: HelloBody): void {
    expect(protocol).toBe(PROTOCOL);
    expect(client).toMatch(/^.{8,64}$/);
    this.#named = epoch;
    const first = this.epoch === undefined;
    if (!first && subscriptions.some(({ after }) => after !== undefined)) expect(epoch).toBe(this.epoch);
    for (const body of subscriptions) {
      const known = this.subscriptions.get(body.id);
      if (known) expect(whereOf(body)).toEqual(this.#resumes(known));
      this.#ask(body, known?.reported);
    }
  }

  #resumes({ state, start, last, where }: ModelSubscription): Where {
    if (state === 'live') return { after: Math.max(start, this.position ?? 0) };
    if (state === 'asked') return where;
    const replayed = last > 0 ? { replayed: last } : {};
    return where.replay
      ? { replay: where.replay, after: start, ...replayed }
      : { after: last || where.after };
  }

  #ask(body: SubscribeBody, reported = new Map<string, number>()): void {
    const { id, channels = [], prefixes = [], replayed = 0 } = body;
    const match = matcherOf({ channels, prefixes });
    this.subscriptions.set(id, {
      match,
      state: 'asked',
      start: 0,
      where: whereOf(body),
      last: replayed,
      reported,
    });
    this.#asked.push(id);
  }

  #publication({ offset, channel, text }: PublicationFrame): string {
    JSON.parse(text);
    return `to ${this.#takers(channel, offset).join(' and ') || 'nobody'}; ${this.where}`;
  }

  /** Who takes an entry of the log: a publication, or an upstream gap. */
  #takers(channel: string, offset: number): number[] {
    const takers: number[] = [];
    if (this.#announced.count > 0) {
      this.#announced.count--;
      const taker = this.#known(this.#announced.subscription);
      expect(offset).toBeGreaterThan(taker.last);
      expect(taker.match(channel)).toBe(true);
      taker.last = offset;
      takers.push(this.#announced.subscription);
    } else {
      expect(offset).toBeGreaterThan(this.#newest);
      this.#newest = offset;
      this.position = Math.max(offset, this.position ?? 0);
      for (const [id, { state, match, start }] of this.subscriptions) {
        if (state === 'live' && match(channel) && offset > start) takers.push(id);
      }
    }
    return takers;
  }

  #control(message: ServerMessage): string | undefined {
    if ('welcome' in message) {
      const { epoch, resumed, from, limits, beatMs, silenceMs } = message.welcome;
      expect({ limits, beatMs, silenceMs }).toEqual({
        limits: LIMITS,
        beatMs: TIMES.beatMs,
        silenceMs: TIMES.silenceMs,
      });
      const afters = [...this.subscriptions.values()].flatMap(({ where }) =>
        where.after === undefined ? [] : Math.max(where.after, where.replayed ?? 0),
      );
      expect(resumed).toBe(epoch === this.#named && afters.length > 0);
      const restarted = afters.length > 0 && epoch !== this.#named;
      expect(from).toBe(restarted ? 0 : resumed ? Math.max(...afters) : message.welcome.head);
      this.position = from;
      this.epoch = epoch;
    } else if ('subscribed' in message) {
      const { id, offset, replaying } = message.subscribed;
      expect(id).toBe(this.#asked.shift());
      const subscription = this.#known(id);
      subscription.state = replaying ? 'replaying' : 'live';
      subscription.start = offset;
      const { after } = subscription.where;
      if (after !== undefined) expect(offset).toBe(this.epoch === this.#named ? after : 0);
    } else if ('unsubscribed' in message) {
      this.subscriptions.delete(message.unsubscribed.id);
    } else if ('replay' in message) {
      expect(this.#known(message.replay.subscription).state).toBe('replaying');
      expect(message.replay.count).toBeGreaterThan(0);
      this.#announced = { ...message.replay };
    } else if ('live' in message) {
      const subscription = this.#known(message.live.subscription);
      expect(subscription.state).toBe('replaying');
      subscription.state = 'live';
      subscription.start = message.live.offset;
    } else if ('accepted' in message || 'refused' in message) {
      const { put } = 'accepted' in message ? message.accepted : message.refused;
      expect(put).toBe(this.puts.shift());
      if ('refused' in message) {
        const { code, remedy } = message.refused;
        expect(CODES).toHaveProperty(code, expect.objectContaining({ said: 'refused', remedy }));
      }
    } else if ('beat' in message) {
      this.position = Math.max(message.beat.offset, this.position ?? 0);
    } else if ('gap' in message) {
      return 'channel' in message.gap ? this.#upstream(message.gap) : this.#gap(message.gap);
    }
    return undefined;
  }

  #upstream({ channel, reason, epoch, from, to }: ChannelGap): string {
    expect({ reason, epoch, from }).toEqual({ reason: 'upstream', epoch: this.epoch, from: to });
    return `gap to ${this.#takers(channel, to).join(' and ') || 'nobody'}: ${from} to ${to}; ${this.where}`;
  }

  #gap({ subscriptions, reason, epoch, from, to }: SubscriptionGap): string {
    expect(GAP_REASONS).toContain(reason);
    expect(epoch).toBe(reason === 'restart' ? this.#named : this.epoch);
    const end = to ?? Number.POSITIVE_INFINITY;
    expect(end).toBeGreaterThanOrEqual(from ?? 0);
    const reported = subscriptions.filter((id) => (this.#known(id).reported.get(epoch) ?? 0) < end);
    for (const id of reported) this.#known(id).reported.set(epoch, end);
    if (reported.length === 0) return 'gap to nobody';
    return `gap to ${reported.join(' and ')}: ${from} to ${to ?? 'the end of its epoch'}`;
  }

  #known(id: number): ModelSubscription {
    const subscription = this.subscriptions.get(id);
    if (!subscription) throw new Error(`no subscription ${id}`);
    return subscription;
  }
}

type BodyKey = (typeof SERVER_MESSAGES)[number];

describe('the example conversations of PROTOCOL.md', () => {
  const all = conversations();

  it('are there, and use every message of a client and nearly all of a server', () => {
    expect(all.length).toBeGreaterThanOrEqual(4);
    const frames = all.flatMap(({ lines }) => lines);
    const keys = (by: Line['by']) =>
      new Set(
        frames.filter((line) => line.by === by).flatMap(({ text }) => text.match(/^\{"(\w+)"/)?.[1] ?? []),
      );
    expect([...keys('C')].sort()).toEqual([...CLIENT_MESSAGES].sort());
    expect([...keys('S')].sort()).toEqual([...SERVER_MESSAGES].filter((key) => key !== 'error').sort());
  });

  it.each(all)(
    'are read by a client that keeps the rules (F3, F4, S6, R4, R5, C1, C2, C4, G4): $title',
    ({ lines }) => {
      const model = new Model();
      let due: string | undefined;
      for (const { by, text } of lines) {
        if (by === '#' && /^(to |gap |position |no position)/.test(text)) {
          expect(text).toBe(due ?? model.where);
          due = undefined;
          continue;
        }
        // What is taken, and what is told, stands under each publication and each gap.
        expect(due).toBeUndefined();
        if (by === 'C') model.sent(text);
        else if (by === 'S') due = model.received(text);
        else if (text === 'connected') model.connected();
      }
      expect(due).toBeUndefined();
    },
  );
});
