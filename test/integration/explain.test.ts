import type { Explanation, SessionsPage } from '@zerospan/shared';
import { expect, it } from 'vitest';
import { Kept, state, testBus } from '../support/buses.ts';
import { TcpProxy } from '../support/proxy.ts';
import { testServer } from '../support/server.ts';
import { until } from '../support/until.ts';

/** A server with a small log, and a client behind a proxy that can be cut. */
async function scene() {
  const server = await testServer({ log: { bytes: 10_000, lastBytes: 0 } });
  const proxy = await TcpProxy.before(server.ws);
  const [putter, bus] = [testBus(server.ws), testBus(proxy.url, { name: 'reader' })];
  const [all, newest] = [bus.subscribe('room'), bus.subscribe('news', { onLag: 'latest' })];
  const kept = new Kept(all);
  const news = new Kept(newest);
  await Promise.all([all.ready, newest.ready]);
  const read = async <T>(path: string): Promise<T> =>
    (await (await fetch(new URL(path, server.url))).json()) as T;
  const { sessions } = await read<SessionsPage>('v1/sessions?search=reader');
  const { ref = '', session = '' } = sessions[0] ?? {};
  return {
    ...{ server, proxy, bus, kept, news, ref, session, read },
    put: async (channel: string, message: unknown = 'x') =>
      (await putter.put(channel, message)).channels[0]?.offset as number,
    explain: (offset: number, client = ref) =>
      read<Explanation>(`v1/explain?offset=${server.epoch}_${offset}&client=${client}`),
  };
}

it('explain says what a client has, will get when it is back, has lost, and was spared', async () => {
  const { server, proxy, bus, kept, news, ref, session, read, put, explain } = await scene();
  const first = await put('room');
  await until('its ack', async () => (await explain(first)).verdict === 'had');
  const had = await explain(first);
  expect(had).toMatchObject({
    client: ref,
    channel: 'room',
    position: `${server.epoch}_${String(first).padStart(16, '0')}`,
  });
  expect(had.sentence).toMatch(
    /^Its client acknowledged it between \d+ ms and \d+ (m?s) after it was published\.$/,
  );
  // By the id of its session as well.
  expect(await explain(first, session)).toEqual(had);
  expect((await explain(first + 1)).verdict).toBe('no-publication');
  const elsewhere = await put('elsewhere');
  expect((await explain(elsewhere)).verdict).toBe('not-subscribed');

  proxy.cut();
  await state(bus, 'waiting');
  const open = async () => (await read<SessionsPage>('v1/sessions?search=reader')).sessions;
  await until('its end', async () => (await open()).length === 0);
  const lost = await put('room');
  expect((await explain(lost)).verdict).toBe('away');
  for (let i = 0; i < 100; i++) await put('elsewhere', 'x'.repeat(100));
  expect((await explain(lost)).verdict).toBe('lost');
  const [skipped, newest, missed] = [await put('news'), await put('news'), await put('room')];
  expect((await explain(skipped)).verdict).toBe('skipped');
  expect((await explain(missed)).verdict).toBe('away');

  proxy.restore();
  await until('what it missed', () => kept.publications.length === 2 && news.publications.length === 1);
  await until('its ack', async () => (await explain(missed)).verdict === 'had');
  expect(kept.gaps.map(({ reason }) => reason)).toEqual(['retention']);
  expect((await explain(lost)).sentence).toMatch(
    /^It was lost to subscription \d+: a gap from offset \d+ to \d+ was reported \(retention, 1 missed\)\.$/,
  );
  expect(await explain(skipped)).toMatchObject({ verdict: 'skipped' });
  expect(await explain(newest)).toMatchObject({ verdict: 'had' });
  // What it had before it was cut off, it still has; and its first session is known by its id.
  expect(await explain(first, session)).toMatchObject({ verdict: 'had', client: ref });
  expect(await open()).toMatchObject([{ ref }]);
  expect(await read(`v1/sessions/${ref}`)).toMatchObject({ earlier: [{ session, code: null }] });
}, 30_000);

it('explain says of a stream over HTTP what was written to it', async () => {
  const { server, read, put, explain } = await scene();
  const stream = new AbortController();
  const { body } = await fetch(new URL('v1/events?channel=room', server.url), { signal: stream.signal });
  const { sessions } = await read<SessionsPage>('v1/sessions?sort=since');
  const { ref = '' } = sessions.find(({ transport }) => transport === 'sse') ?? {};
  const offset = await put('room');
  expect(await explain(offset, ref)).toMatchObject({ client: ref, verdict: 'written' });
  stream.abort();
  await body?.cancel().catch(() => undefined);
  const later = await until('its end', async () => {
    const next = await put('room');
    const explained = await explain(next, ref);
    return explained.verdict === 'away' ? explained : undefined;
  });
  expect(later).toBeDefined();
});
