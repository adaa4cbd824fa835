import { type Code, ZerospanError } from '@zerospan/shared';
import fastify from 'fastify';
import { describe, expect, it, onTestFinished } from 'vitest';
import { GATE_MS } from '../../../server/src/core/access/ask.ts';
import type { Gate, Identity } from '../../../server/src/core/access/gate.ts';
import { addAdmin } from '../../../server/src/web/http/admin.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { TestRevocations } from '../../support/revocations.ts';
import { until } from '../../support/until.ts';

const none = { channels: [], prefixes: [] };
const TOKENS: Readonly<Record<string, Code | 'admin' | 'user'>> = {
  'the-admin': 'admin',
  'the-user': 'user',
  expired: 'token-expired',
  gone: 'revoked',
  'new-key': 'key-not-known',
};

const gate: Gate = {
  async admit(token = '', { address }) {
    expect(address).toBe('127.0.0.1');
    const kind = TOKENS[token] ?? 'unauthorized';
    if (token === 'broken') throw new Error(`canary of ${token}`);
    if (token === 'silent') return new Promise<Identity>(() => undefined);
    if (kind !== 'admin' && kind !== 'user') throw new ZerospanError(kind);
    const grants = { subscribe: none, put: none, history: none, confirm: false, admin: kind === 'admin' };
    return { subject: 'ops', grants, expiresMs: undefined };
  },
};

interface AdminScene {
  readonly full?: boolean;
  readonly settled?: () => Promise<void>;
}

function admin({ full = false, settled }: AdminScene = {}) {
  const app = fastify();
  const clock = new ManualClock();
  const revocations = new TestRevocations();
  revocations.isFull = full;
  const { revoked } = revocations;
  const reported: unknown[] = [];
  const events = { report: (event: string, about: object = {}) => reported.push({ event, ...about }) };
  void app.register((scope) =>
    addAdmin(scope, { doorkeeper: { gate, clock, events }, revocations, settled }),
  );
  onTestFinished(() => app.close());
  const post = async (payload: unknown, authorization?: string, type = 'application/json') => {
    const response = await app.inject({
      method: 'POST',
      url: '/admin/revocations',
      headers: { 'content-type': type, ...(authorization === undefined ? {} : { authorization }) },
      payload: typeof payload === 'string' ? payload : JSON.stringify(payload),
    });
    return {
      status: response.statusCode,
      headers: response.headers,
      body:
        response.body === ''
          ? undefined
          : (JSON.parse(response.body) as { code: string; reason: string; remedy: string }),
    };
  };
  return { post, revoked, clock, reported };
}

describe('POST /admin/revocations', () => {
  it.each([{ subject: 'alice' }, { session: 's-1' }, { token: 't-1' }, { subject: '__proto__' }])(
    'ends access with 204: %j',
    async (what) => {
      const { post, revoked } = admin();
      expect(await post(what, 'Bearer the-admin')).toMatchObject({ status: 204, body: undefined });
      expect(revoked).toEqual([what]);
    },
  );

  it.each([
    ['without a token', undefined, 401, 'unauthorized'],
    ['with a token that is not good', 'Bearer what', 401, 'unauthorized'],
    ['with a token of another scheme', 'Basic the-admin', 401, 'unauthorized'],
    ['with a bare token', 'the-admin', 401, 'unauthorized'],
    ['with two tokens', 'Bearer the-admin the-admin', 401, 'unauthorized'],
    ['with an expired token', 'Bearer expired', 401, 'token-expired'],
    ['with a revoked token', 'Bearer gone', 401, 'revoked'],
    ['with a token that grants no admin', 'Bearer the-user', 403, 'forbidden'],
  ])('is refused %s, before its body is read', async (_, authorization, status, code) => {
    const { post, revoked } = admin();
    const answer = await post('{ no JSON', authorization);
    expect(answer).toMatchObject({ status, body: { code, remedy: expect.stringMatching(/\.$/) as string } });
    expect(Object.keys(answer.body ?? {})).toEqual(['code', 'reason', 'remedy']);
    expect(answer.headers['www-authenticate']).toBe(status === 401 ? 'Bearer' : undefined);
    expect(revoked).toEqual([]);
  });

  it('says how to send a token over HTTP', async () => {
    const { post } = admin();
    const { body } = await post({ subject: 'alice' });
    expect(body?.remedy).toContain('Authorization: Bearer TOKEN');
  });

  it.each<[string, unknown, number]>([
    ['nothing', '', 400],
    ['no JSON', '{', 400],
    ['an empty object', {}, 400],
    ['two at once', { subject: 'a', session: 'b' }, 400],
    ['an empty name', { subject: '' }, 400],
    ['a number', { subject: 1 }, 400],
    ['a long name', { subject: 'a'.repeat(256) }, 400],
    ['a list', [{ subject: 'a' }], 400],
    ['null', 'null', 400],
    ['__proto__', '{"__proto__":{"subject":"a"}}', 400],
    ['more than 4 KiB', { subject: 'a'.repeat(5_000) }, 413],
  ])('is refused with %s', async (_, payload, status) => {
    const { post, revoked } = admin();
    const answer = await post(payload, 'Bearer the-admin');
    expect(answer).toMatchObject({ status, body: { code: 'bad-request' } });
    expect(Object.keys(answer.body ?? {})).toEqual(['code', 'reason', 'remedy']);
    expect(revoked).toEqual([]);
  });

  it('is refused as another type than JSON', async () => {
    const { post } = admin();
    expect(await post('subject=a', 'Bearer the-admin', 'application/x-www-form-urlencoded')).toMatchObject({
      status: 415,
      body: { code: 'bad-request' },
    });
  });

  it('answers when a restart will know it too, and says so where it will not', async () => {
    const order: string[] = [];
    const { post, revoked } = admin({
      settled: async () => {
        await Promise.resolve();
        order.push(`kept ${revoked.length}`);
        if (revoked.length > 1) throw new Error('ENOSPC');
      },
    });
    expect(await post({ subject: 'a' }, 'Bearer the-admin')).toMatchObject({ status: 204 });
    expect(order).toEqual(['kept 1']);
    expect(await post({ token: 'b' }, 'Bearer the-admin')).toMatchObject({
      status: 503,
      body: {
        code: 'revocation-not-kept',
        reason: expect.stringContaining('on this server') as string,
        remedy: expect.stringContaining('log.directory') as string,
      },
    });
    // A session does not outlive the server.
    expect(await post({ session: 'c' }, 'Bearer the-admin')).toMatchObject({ status: 204 });
    expect(order).toHaveLength(2);
  });

  it('says so when no more can be remembered', async () => {
    const { post } = admin({ full: true });
    expect(await post({ subject: 'a' }, 'Bearer the-admin')).toMatchObject({
      status: 503,
      body: { code: 'too-many-revocations' },
    });
  });

  it('is answered 503 where the gate fails; a stranger learns nothing of why, and the operator receives a security event', async () => {
    const { post, reported, clock } = admin();
    const answer = await post({ subject: 'a' }, 'Bearer broken');
    expect(answer).toMatchObject({ status: 503, body: { code: 'gate-failed' } });
    expect(answer.headers['retry-after']).toBe('10');
    expect(JSON.stringify(answer)).not.toContain('canary');
    expect(reported).toEqual([{ event: 'gate-failed', address: '127.0.0.1', reason: 'Error: canary of …' }]);
    expect(clock.pending).toBe(0);
  });

  it('is answered 503 where the key of the token may be known later', async () => {
    const { post, reported } = admin();
    const answer = await post({ subject: 'a' }, 'Bearer new-key');
    expect(answer).toMatchObject({ status: 503, body: { code: 'key-not-known' } });
    expect(answer.headers['retry-after']).toBe('10');
    expect(reported).toEqual([]);
  });

  it('does not wait for ever for a gate that does not answer', async () => {
    const { post, reported, clock, revoked } = admin();
    const answer = post({ subject: 'a' }, 'Bearer silent');
    await until('the question', () => clock.pending === 1);
    clock.advance(GATE_MS);
    expect(await answer).toMatchObject({ status: 503, body: { code: 'gate-failed' } });
    expect(reported).toMatchObject([
      { event: 'gate-failed', reason: expect.stringContaining('10000 ms') as string },
    ]);
    expect(revoked).toEqual([]);
  });
});
