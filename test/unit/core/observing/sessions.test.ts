import type { SessionDetail, SessionsPage } from '@zerospan/shared';
import { LIMITS } from '@zerospan/shared';
import { beforeEach, describe, expect, it } from 'vitest';
import { ReadsUnderWay } from '../../../../server/src/web/http/api/observing/under-way.ts';
import { TestApi } from '../../../support/api.ts';
import { type FakeClient, TestBus } from '../../../support/core.ts';
import { ALL, TestGate } from '../../../support/grants.ts';

const EVERYTHING = { subscribe: ALL, put: ALL, history: ALL, confirm: true };

let bus: TestBus;
let api: TestApi;

async function open(settings: ConstructorParameters<typeof TestBus>[0] = {}): Promise<void> {
  bus = new TestBus(settings);
  api = await TestApi.over(bus);
}

async function page(query = '', authorization?: string): Promise<SessionsPage> {
  const headers = authorization === undefined ? {} : { authorization: `Bearer ${authorization}` };
  const answer = await api.ask({ url: `/v1/sessions?${query}`, headers });
  expect(answer.statusCode, answer.body).toBe(200);
  return answer.json<SessionsPage>();
}

async function detail(id: string): Promise<SessionDetail> {
  const answer = await api.ask({ url: `/v1/sessions/${id}` });
  expect(answer.statusCode, answer.body).toBe(200);
  return answer.json<SessionDetail>();
}

const idsOf = ({ sessions }: SessionsPage): string[] => sessions.map(({ session }) => session);

const idOf = (client: FakeClient): string => client.control('welcome')[0]?.session ?? '';

const room = (id = 1) => ({ id, channels: ['room'] });

describe('the list of sessions', () => {
  beforeEach(() => open());

  it('says what each is, and shows no client id', async () => {
    const client = await bus.join([room(), { id: 2, prefixes: ['vote.'], channels: ['a', 'b'] }], {
      acks: true,
      name: 'Ada',
    });
    bus.clock.advance(5_000);
    await bus.put('room');
    await bus.settle();
    const answer = await api.ask({ url: '/v1/sessions' });
    expect(answer.body).not.toContain(client.id);
    expect(answer.json()).toEqual({
      sessions: [
        {
          session: idOf(client),
          ref: expect.stringMatching(/^[\da-f]{16}$/) as string,
          name: 'Ada',
          address: '',
          transport: 'websocket',
          since: bus.clock.now() - 5_000,
          standing: 'live',
          position: 0,
          lag: 1,
          unackedBytes: expect.any(Number) as number,
          refusals: 0,
          gaps: 0,
          subscriptions: 2,
          filters: 4,
        },
      ],
      total: 1,
      skip: 0,
    });
    expect((await page()).sessions[0]?.unackedBytes).toBeGreaterThan(0);
  });

  it('leaves out clients that have no session yet', async () => {
    bus.connect();
    expect(await page()).toEqual({ sessions: [], total: 0, skip: 0 });
  });

  it('is sorted by lag, by bytes that wait for acks, by refusals, and by age', async () => {
    const old = await bus.join([room()], { acks: true });
    bus.clock.advance(1_000);
    const slow = await bus.join([room()], { acks: true });
    bus.clock.advance(1_000);
    const clumsy = await bus.join([room()], { acks: true });
    for (let i = 0; i < 3; i++) await bus.put('room');
    await bus.settle();
    const bytes = bus.log.head * 100;
    old.say({ ack: { offset: 3, bytes: bytes * 9 } });
    clumsy.say({ ack: { offset: 3, bytes: bytes * 9 } });
    clumsy.say({ unsubscribe: { id: 77 } });
    await bus.settle();
    const [a, b, c] = [idOf(old), idOf(slow), idOf(clumsy)];
    expect(idsOf(await page('sort=lag'))).toEqual([b, a, c]);
    expect(idsOf(await page('sort=bytes'))).toEqual([b, a, c]);
    expect(idsOf(await page('sort=since'))).toEqual([a, b, c]);
    const byRefusals = await page('sort=refusals');
    expect(idsOf(byRefusals)[0]).toBe(c);
    expect(byRefusals.sessions[0]?.refusals).toBeGreaterThan(0);
  });

  it('is paged, each session on one page', async () => {
    const ids: string[] = [];
    for (let i = 0; i < 5; i++) ids.push(idOf(await bus.join([room()])));
    expect(idsOf(await page('sort=since&limit=2'))).toEqual(ids.slice(0, 2));
    expect(idsOf(await page('sort=since&limit=2&skip=2'))).toEqual(ids.slice(2, 4));
    expect(await page('sort=since&limit=2&skip=4')).toMatchObject({ total: 5, skip: 4 });
    expect(await page('skip=99999')).toEqual({ sessions: [], total: 5, skip: 5 });
  });

  it('is searched by id, ref, name and address, whatever the case', async () => {
    const ada = await bus.join([room()], { name: 'Ada Lovelace' });
    await bus.join([room()], { name: 'Bob' });
    const far = bus.connect('192.0.2.7');
    far.hello([room()]);
    await bus.settle();
    const ref = (await page('search=ada')).sessions[0]?.ref ?? '';
    expect(idsOf(await page(`search=LOVELACE`))).toEqual([idOf(ada)]);
    expect(idsOf(await page(`search=${ref.slice(2)}`))).toEqual([idOf(ada)]);
    expect(idsOf(await page(`search=${idOf(ada)}`))).toEqual([idOf(ada)]);
    expect(idsOf(await page(`search=192.0.2`))).toEqual([idOf(far)]);
    expect(await page('search=nobody')).toEqual({ sessions: [], total: 0, skip: 0 });
  });

  it('counts refusals of sessions that are open, and keeps nothing of others', async () => {
    const client = await bus.join([room()]);
    client.say({ unsubscribe: { id: 77 } });
    await bus.settle();
    const id = idOf(client);
    expect(bus.hub.connections.refusalsOf(id)).toBe(1);
    client.conversation.closed();
    expect(bus.hub.connections.refusalsOf(id)).toBe(0);
    bus.hub.connections.refused(id);
    expect(bus.hub.connections.refusalsOf(id)).toBe(0);
  });

  it('is searched by subject, and shows it', async () => {
    // No hexadecimal: ids of sessions are searched as well.
    const gate = new TestGate()
      .knows('a', 'zoe', EVERYTHING)
      .knows('b', 'bob', EVERYTHING)
      .knows('o', 'op', { observe: true });
    await open({ gate });
    await bus.join([room()], { token: 'a' });
    await bus.join([room()], { token: 'b' });
    const { sessions, total } = await page('search=ZOE', 'o');
    expect([sessions.map(({ subject }) => subject), total]).toEqual([['zoe'], 1]);
  });

  it.each([['sort=size'], ['limit=0'], ['limit=1001'], ['skip=-1'], ['page=2']])(
    'rejects ?%s',
    async (query) => {
      const answer = await api.ask({ url: `/v1/sessions?${query}` });
      expect([answer.statusCode, answer.json()]).toMatchObject([400, { code: 'bad-request' }]);
    },
  );

  it('is read by a few requests of one user, and of all, at a time', async () => {
    const underWay = new ReadsUnderWay();
    let finish = (): void => undefined;
    const finished = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const read = (user: string) => underWay.run(user, () => finished);
    const first = [1, 2, 3, 4].flatMap((n) =>
      Array.from({ length: n === 4 ? 3 : 4 }, () => read(`user ${n}`)),
    );
    await expect(read('user 1')).rejects.toMatchObject({ problem: { status: 429, code: 'too-many-reads' } });
    const last = read('user 4');
    await expect(read('user 5')).rejects.toMatchObject({ problem: { code: 'too-many-reads' } });
    finish();
    await Promise.all([...first, last]);
    await Promise.all([1, 2, 3, 4].map(() => read('user 1')));
  });
});

describe('one session', () => {
  beforeEach(() => open({ logBytes: 600 }));

  it('is found by its id and by the ref of its client', async () => {
    const client = await bus.join([room()]);
    const byId = await detail(idOf(client));
    expect(await detail(byId.ref)).toEqual(byId);
    const none = await api.ask({ url: '/v1/sessions/nobody' });
    expect([none.statusCode, none.json()]).toMatchObject([404, { code: 'unknown-session' }]);
  });

  it('says what it may, has subscribed to, and which gaps it was reported', async () => {
    const first = await bus.join([room()], { acks: true });
    const { session: _, epoch = '' } = first.control('welcome')[0] ?? {};
    first.conversation.closed();
    for (let i = 0; i < 9; i++) await bus.put('room');
    const client = bus.connect();
    client.hello([{ id: 3, channels: ['room'], prefixes: ['vote.'], onLag: 'latest', after: 0 }], {
      acks: true,
      epoch,
    });
    await bus.settle();
    const found = await detail(idOf(client));
    expect(found).toMatchObject({
      window: { mostBytes: LIMITS.windowBytes },
      expires: null,
      earlier: [],
      subscribed: [{ id: 3, onLag: 'latest', channels: ['room'], prefixes: ['vote.'] }],
      grants: { subscribe: { prefixes: ['', '$'] }, confirm: true, admin: false, observe: false },
    });
    expect(found.window.bytes).toBe(found.unackedBytes);
    const { reason, from, to, missed } = client.control('gap')[0] ?? {};
    expect(found.gaps).toBe(client.control('gap').length);
    expect(found.reported.at(-1)).toEqual({ time: bus.clock.now(), reason, from, to, missed });
  });

  it('keeps the latest gaps, newest first, and counts all', async () => {
    await open();
    const client = await bus.join([room()]);
    for (let id = 10; id < 35; id++) client.say({ subscribe: { id, channels: ['room'], after: 1_000 + id } });
    await bus.settle();
    const found = await detail(idOf(client));
    expect(found.gaps).toBe(25);
    expect(found.reported).toHaveLength(20);
  });
});

describe('ending a session', () => {
  const end = (id: string, token?: string) =>
    api.ask({
      method: 'DELETE',
      url: `/v1/sessions/${id}`,
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    });

  it('needs admin, and closes it for good', async () => {
    const gate = new TestGate()
      .knows('a', 'ada', EVERYTHING)
      .knows('observe', 'op', { observe: true })
      .knows('admin', 'root', { admin: true });
    await open({ gate });
    const client = await bus.join([room()], { token: 'a' });
    const refused = await end(idOf(client), 'observe');
    expect([refused.statusCode, refused.json()]).toMatchObject([403, { code: 'forbidden' }]);
    expect(client.link.closedWith).toBeUndefined();
    expect((await end(idOf(client), 'admin')).statusCode).toBe(204);
    expect(client.link.closedWith).toBe(4_503);
    expect(client.control('error')).toMatchObject([{ code: 'revoked' }]);
    client.conversation.closed();
    // Once more: it has ended.
    const again = await end(idOf(client), 'admin');
    expect([again.statusCode, again.json()]).toMatchObject([404, { code: 'unknown-session' }]);
  });

  it('is answered 202 where another node may have it', async () => {
    await open({ gate: new TestGate().knows('admin', 'root', { admin: true }) });
    api.elsewhere.add('other-session');
    expect((await end('other-session', 'admin')).statusCode).toBe(202);
    expect(api.endedElsewhere).toEqual(['other-session']);
    expect((await end('third-session', 'admin')).statusCode).toBe(404);
  });

  it('takes the ref of a client as well', async () => {
    await open({
      gate: new TestGate().knows('a', 'ada', EVERYTHING).knows('admin', 'root', { admin: true }),
    });
    const client = await bus.join([room()], { token: 'a' });
    const { ref = '' } = (await page('', 'admin')).sessions[0] ?? {};
    expect((await end(ref, 'admin')).statusCode).toBe(204);
    expect(client.link.closedWith).toBe(4_503);
  });

  it('is for nobody without keys, not even for this machine', async () => {
    await open();
    const client = await bus.join([room()]);
    const answer = await end(idOf(client));
    expect([answer.statusCode, answer.json()]).toMatchObject([
      403,
      { code: 'forbidden', remedy: expect.stringContaining('--auth-key') as string },
    ]);
    expect(client.link.closedWith).toBeUndefined();
  });
});
