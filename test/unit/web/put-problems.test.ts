import { CODES, type Code, ZerospanError } from '@zerospan/shared';
import { describe, expect, it } from 'vitest';
import { REFUSALS } from '../../../server/src/web/entry/refusals.ts';
import { PROBLEMS, problemOf } from '../../../server/src/web/http/api/problems.ts';
import { TestApi } from '../../support/api.ts';
import { TestBus, type TestBusOptions } from '../../support/core.ts';
import { grants, set } from '../../support/grants.ts';

interface Attempt {
  readonly channels?: readonly string[];
  readonly payload?: string;
  readonly confirmMs?: number;
  /** Sent before with the same key, and this payload. */
  readonly before?: string;
  /** It says to have been sent first before the server remembers anything. */
  readonly isOld?: boolean;
}

interface Case extends Attempt {
  readonly code: Code;
  readonly bus?: TestBusOptions;
  readonly prepare?: (bus: TestBus) => void;
}

/** Codes of `refused` that are about subscriptions. */
const OF_SUBSCRIPTIONS: readonly Code[] = [
  'bad-filter',
  'too-many-filters',
  'too-many-subscriptions',
  'bad-replay',
  'lag',
];

/** How old a put has to be for the server to remember nothing of it, in ms. */
const OLD_MS = 400_000;

const SOMEBODY = {
  admit: () => ({ subject: 'somebody', grants: grants({ put: set('room') }), expiresMs: undefined }),
};

/** Everything for which a put is rejected: what is done over each transport, and the code of both answers. */
const CASES: readonly Case[] = [
  { code: 'no-channels', channels: [] },
  { code: 'bad-channel', channels: ['a b'] },
  { code: 'reserved-channel', channels: ['$mine'] },
  { code: 'too-many-channels', channels: Array.from({ length: 1_001 }, (_, i) => `c${i}`) },
  { code: 'no-payload', payload: '' },
  { code: 'bad-payload', payload: '{"a":' },
  { code: 'too-large', payload: `"${'x'.repeat(70_000)}"` },
  { code: 'too-deep', payload: '['.repeat(200) + ']'.repeat(200) },
  { code: 'forbidden', bus: { gate: SOMEBODY }, channels: ['other'] },
  { code: 'draining', prepare: ({ hub }) => hub.puts.drain() },
  { code: 'put-conflict', before: '"other"' },
  { code: 'outcome-unknown', isOld: true, prepare: forgetful },
  {
    code: 'log-failed',
    prepare: ({ late }) => {
      late.append = () => Promise.reject(new Error('the disk is on fire'));
    },
  },
  {
    code: 'too-many-names',
    prepare: ({ late }) => {
      late.append = () => Promise.reject(new ZerospanError('too-many-names'));
    },
  },
  { code: 'bad-confirm', confirmMs: 60_001 },
  { code: 'too-many-confirms', confirmMs: 100, bus: { limits: { confirms: 0 } } },
];

/** Its log has forgotten a put for its age. */
function forgetful({ log, clock }: TestBus): void {
  const payload = Buffer.from('1');
  log.append({ channels: ['room'], payload, republish: true, putKey: { client: 'any', id: 1 } });
  clock.advance(OLD_MS - 1);
}

async function overWebSocket({ bus: options, prepare, ...attempt }: Case) {
  const { channels = ['room'], payload = '"x"', confirmMs, before, isOld } = attempt;
  const bus = new TestBus(options);
  prepare?.(bus);
  const client = await bus.join([]);
  if (before !== undefined) client.say({ put: { id: 1, channels } }, before);
  const confirm = confirmMs === undefined ? {} : { confirm: { timeoutMs: confirmMs } };
  const again = isOld ? { againMs: OLD_MS } : {};
  client.say({ put: { id: 1, channels, ...confirm, ...again } }, payload === '' ? undefined : payload);
  await bus.settle();
  return { refused: client.control('refused'), head: bus.log.head, counted: bus.hub.reports.refusals };
}

async function overHttp({ bus: options, prepare, ...attempt }: Case) {
  const { channels = ['room'], payload = '"x"', confirmMs, before, isOld } = attempt;
  const bus = new TestBus(options);
  prepare?.(bus);
  const api = await TestApi.over(bus);
  const query = new URLSearchParams(channels.map((channel) => ['channel', channel]));
  if (before !== undefined) await api.put(String(query), before, { 'idempotency-key': 'one' });
  if (confirmMs !== undefined) query.append('confirmMs', String(confirmMs));
  const response = await api.put(String(query), payload, {
    'idempotency-key': 'one',
    ...(isOld && { 'zerospan-sent': String(bus.clock.now() - OLD_MS) }),
  });
  return { response, head: bus.log.head, counted: bus.hub.reports.refusals };
}

describe('a put that is rejected', () => {
  it('has a case here for each code with which one can be', () => {
    const codes = Object.entries(CODES).flatMap(([code, { said }]) => (said === 'refused' ? [code] : []));
    const others: readonly string[] = [...OF_SUBSCRIPTIONS, 'bad-id'];
    expect(CASES.map(({ code }) => String(code)).sort()).toEqual(
      codes.filter((code) => !others.includes(code)).sort(),
    );
  });

  it.each(CASES)(
    'has the same code over WebSocket and over HTTP, with a status there: $code',
    async (one) => {
      const reported = await overWebSocket(one);
      const { response, head, counted } = await overHttp(one);
      expect(reported.refused).toMatchObject([{ put: 1, code: one.code }]);
      const { status, remedy, retryAfterS } = PROBLEMS[one.code as keyof typeof PROBLEMS];
      expect(response.statusCode).toBe(status);
      expect(response.headers['content-type']).toContain('application/problem+json');
      expect(response.json()).toMatchObject({ status, code: one.code, remedy, type: 'about:blank' });
      expect(response.headers['retry-after']).toBe(
        retryAfterS === undefined ? undefined : String(retryAfterS),
      );
      // Nothing more was appended by one than by the other, and the operator sees both.
      expect(head).toBe(reported.head);
      if (one.code !== 'bad-confirm') expect([...counted]).toEqual([...reported.counted]);
    },
  );
});

describe('the list of problems', () => {
  it('has each code that a server says', () => {
    const said = Object.entries(CODES).flatMap(([code, { said: by }]) => (by === 'client' ? [] : [code]));
    const refusals: readonly string[] = Object.values(REFUSALS).map(({ code }) => code);
    expect(said.filter((code) => !(code in PROBLEMS) && !refusals.includes(code))).toEqual([]);
  });

  it.each(Object.entries(PROBLEMS))(
    'has under %s its code, a status of failure and whole sentences',
    (code, one) => {
      expect(one.code).toBe(code);
      expect(one.status).toBeGreaterThanOrEqual(400);
      expect(one.reason).toMatch(/^[A-Z].*\.$/);
      expect(one.remedy).toMatch(/^[A-Z].*\.$/);
      if (one.status === 503 || one.status === 429) expect(one.retryAfterS).toBeGreaterThan(0);
      else expect(one.retryAfterS).toBeUndefined();
    },
  );

  it('gives way to a rejection that knows better what happened and what to do', () => {
    const fault = new ZerospanError('put-conflict', 'This happened.', { remedy: 'Do that.' });
    expect(problemOf(fault)).toEqual({
      status: 409,
      code: 'put-conflict',
      reason: 'This happened.',
      remedy: 'Do that.',
    });
  });
});
