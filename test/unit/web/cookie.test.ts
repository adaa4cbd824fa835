import { describe, expect, it } from 'vitest';
import { tokenOf } from '../../../server/src/web/http/bearer.ts';
import { TestApi } from '../../support/api.ts';
import { TestBus } from '../../support/core.ts';
import { ALL, TestGate } from '../../support/grants.ts';

async function guarded() {
  const gate = new TestGate();
  const bus = new TestBus({ gate });
  gate.knows('good', 'ada', { put: ALL }, { clock: bus.clock, lastsMs: 90_500 });
  gate.knows('other', 'bob', {});
  gate.knows('o;d,"', 'eve', { put: ALL });
  const api = await TestApi.over(bus);
  const session = (method: 'POST' | 'DELETE', headers: Record<string, string> = {}) =>
    api.ask({ method, url: '/v1/session', headers: { host: 'bus.example', ...headers } });
  return { bus, api, gate, session };
}

describe('POST /v1/session', () => {
  it('sets a cookie for as long as the token, out of reach of scripts and other sites', async () => {
    const { session } = await guarded();
    const answer = await session('POST', { authorization: 'Bearer good' });
    expect(answer.statusCode).toBe(204);
    expect(answer.headers['set-cookie']).toBe(
      'zerospan=good; Path=/; HttpOnly; SameSite=Strict; Secure; Max-Age=90',
    );
  });

  it.each(['localhost:8080', '127.0.0.1', '[::1]:8080'])('sets it without Secure on %s', async (host) => {
    const { session } = await guarded();
    const answer = await session('POST', { authorization: 'Bearer other', host });
    expect(answer.headers['set-cookie']).toBe('zerospan=other; Path=/; HttpOnly; SameSite=Strict');
  });

  it('sets none for a token that is not valid, missing or too large', async () => {
    const { session, gate } = await guarded();
    const large = 'x'.repeat(3_801);
    gate.knows(large, 'ada', {});
    gate.knows(large.slice(1), 'ada', {});
    const answers = [
      await session('POST', { authorization: 'Bearer bad' }),
      await session('POST'),
      await session('POST', { cookie: 'zerospan=good' }),
      await session('POST', { authorization: `Bearer ${large}` }),
    ];
    expect(answers.map((answer) => [answer.statusCode, answer.json().code])).toEqual([
      [401, 'unauthorized'],
      [400, 'bad-request'],
      [400, 'bad-request'],
      [413, 'too-large'],
    ]);
    for (const { headers } of answers) expect(headers['set-cookie']).toBeUndefined();
    expect((await session('POST', { authorization: `Bearer ${large.slice(1)}` })).statusCode).toBe(204);
  });

  it('is ended by DELETE, which needs no token', async () => {
    const { session } = await guarded();
    const answer = await session('DELETE');
    expect([answer.statusCode, answer.headers['set-cookie']]).toEqual([
      204,
      'zerospan=; Path=/; HttpOnly; SameSite=Strict; Secure; Max-Age=0',
    ]);
  });
});

describe('a cookie', () => {
  it('stands for its token, whatever characters that has; Authorization goes before it', async () => {
    const { api, session } = await guarded();
    const set = await session('POST', { authorization: 'Bearer o;d,"' });
    const [cookie = ''] = String(set.headers['set-cookie']).split(';');
    const put = (headers: Record<string, string>) => api.put('channel=a', '1', headers);
    expect((await put({ cookie: `a=1; ${cookie}; b=2` })).statusCode).toBe(200);
    expect((await put({ cookie, authorization: 'Bearer other' })).json().code).toBe('forbidden');
    expect((await put({ cookie, authorization: 'Basic x' })).json().code).toBe('unauthorized');
  });

  it.each([
    ['two of the name', 'zerospan=a; zerospan=b'],
    ['an empty one', 'zerospan='],
    ['one of another name', 'xzerospan=a; not-zerospan=b'],
    ['one that is not encoded', 'zerospan=%E0%A4%A'],
  ])('is none where there is %s', (_what, cookie) => {
    expect(tokenOf({ headers: { cookie } })).toBeUndefined();
  });
});
