import { fc, test } from '@fast-check/vitest';
import { type ChannelDetail, type ChannelsPage, STATS_CHANNEL } from '@zerospan/shared';
import { beforeEach, describe, expect, it } from 'vitest';
import { Groups } from '../../../../server/src/core/observing/groups.ts';
import { TestApi } from '../../../support/api.ts';
import { TestBus } from '../../../support/core.ts';

let bus: TestBus;
let api: TestApi;

async function open(settings: ConstructorParameters<typeof TestBus>[0] = {}): Promise<void> {
  bus = new TestBus(settings);
  api = await TestApi.over(bus);
}

async function page(query = ''): Promise<ChannelsPage> {
  const answer = await api.ask({ url: `/v1/channels?${query}` });
  expect(answer.statusCode, answer.body).toBe(200);
  return answer.json<ChannelsPage>();
}

async function detail(name: string): Promise<ChannelDetail> {
  const answer = await api.ask({ url: `/v1/channels/${encodeURIComponent(name)}` });
  expect(answer.statusCode, answer.body).toBe(200);
  return answer.json<ChannelDetail>();
}

const namesOf = ({ groups, channels }: ChannelsPage): string[] => [
  ...groups.map(({ prefix }) => `${prefix}*`),
  ...channels.map(({ channel }) => channel),
];

describe('the list of channels', () => {
  beforeEach(() => open());

  it('says of each its last publication, its rate, and who is subscribed', async () => {
    await bus.join([{ id: 1, channels: ['native'] }]);
    await bus.join([{ id: 1, prefixes: ['nat'] }]);
    await bus.put('native');
    bus.clock.advance(20_000);
    const { time } = bus.log.append({ channels: ['native'], payload: Buffer.from('1'), republish: true });
    await bus.put('native');
    expect(await page()).toEqual({
      groups: [],
      channels: [{ channel: 'native', offset: 3, time, perS: 0.2, sessions: 2, nativeSubscriptions: 2 }],
      total: 1,
      skip: 0,
    });
  });

  it('counts a rate over as much as memory holds', async () => {
    await open({ logBytes: 1_000 });
    for (let i = 0; i < 100; i++) {
      bus.clock.advance(100);
      await bus.put('room');
    }
    const { perS = 0 } = (await page()).channels[0] ?? {};
    expect(perS).toBeGreaterThan(5);
    expect(perS).toBeLessThan(15);
  });

  it('has the last publication that outlives the bounds of the log, and channels of which nothing is left', async () => {
    await open({ logBytes: 1_000, lastBytes: 300 });
    await bus.put('old');
    const oldTime = bus.clock.now();
    bus.clock.advance(60_000);
    for (let i = 0; i < 20; i++) await bus.put('busy');
    expect((await page()).channels).toMatchObject([
      { channel: 'busy', offset: 21 },
      { channel: 'old', offset: 1, time: oldTime, perS: 0 },
    ]);
    expect(await detail('old')).toMatchObject({ entries: 1, oldest: 1 });
    await open({ logBytes: 1_000, lastBytes: 0 });
    await bus.put('old');
    for (let i = 0; i < 20; i++) await bus.put('busy');
    expect((await page()).channels[1]).toMatchObject({ channel: 'old', offset: null, time: null, perS: 0 });
    expect(await detail('old')).toMatchObject({ entries: 0, oldest: null });
  });

  it('is sorted by name, rate, sessions and time', async () => {
    await bus.join([{ id: 1, channels: ['b'] }]);
    bus.log.append({ channels: ['c'], payload: Buffer.from('1'), republish: true });
    bus.log.append({ channels: ['c'], payload: Buffer.from('1'), republish: true });
    await bus.put('b');
    await bus.put('a');
    expect(namesOf(await page('sort=name'))).toEqual(['a', 'b', 'c']);
    expect(namesOf(await page('sort=rate'))).toEqual(['c', 'a', 'b']);
    expect(namesOf(await page('sort=sessions'))).toEqual(['b', 'a', 'c']);
    expect(namesOf(await page('sort=time'))).toEqual(['a', 'b', 'c']);
    expect(namesOf(await page('skip=1&limit=1'))).toEqual(['b']);
    expect(await page('skip=7')).toEqual({ groups: [], channels: [], total: 3, skip: 3 });
  });

  it('is narrowed by a prefix and by a part of the name, whatever its case', async () => {
    for (const name of ['vote.a', 'vote.B', 'Room', 'room2']) await bus.put(name);
    expect(namesOf(await page('prefix=vote.'))).toEqual(['vote.B', 'vote.a']);
    expect(namesOf(await page('search=ROOM'))).toEqual(['Room', 'room2']);
    expect(namesOf(await page('prefix=vote.&search=b'))).toEqual(['vote.B']);
  });

  it('is one level of a tree, groups first', async () => {
    for (const name of ['z', 'vote.a', 'vote.b.c', 'bots.1', 'vote']) await bus.put(name);
    const top = await page('separator=.');
    expect(top).toMatchObject({
      groups: [
        { prefix: 'bots.', channels: 1, offset: 4 },
        { prefix: 'vote.', channels: 2, offset: 3, perS: 0.2 },
      ],
      total: 4,
    });
    expect(namesOf(top)).toEqual(['bots.*', 'vote.*', 'vote', 'z']);
    expect(namesOf(await page('separator=.&prefix=vote.'))).toEqual(['vote.b.*', 'vote.a']);
    expect(namesOf(await page('separator=.&sort=time'))).toEqual(['bots.*', 'vote.*', 'vote', 'z']);
    expect(namesOf(await page('separator=.&skip=1&limit=2'))).toEqual(['vote.*', 'vote']);
  });

  it("has the server's own channels only with a prefix that names them", async () => {
    await bus.join([{ id: 1, channels: ['room'] }]);
    await bus.put('room');
    await bus.put(STATS_CHANNEL);
    expect(namesOf(await page())).toEqual(['room']);
    expect(namesOf(await page('prefix=$'))).toEqual([STATS_CHANNEL]);
  });

  it('leaves out the name that stands for every channel', async () => {
    bus.log.appendGap({ channels: [''], missed: null });
    bus.log.appendGap({ channels: ['lost'], missed: 3 });
    expect((await page()).channels).toMatchObject([{ channel: 'lost', offset: null, perS: 0 }]);
  });

  it.each([['sort=size'], ['limit=0'], ['separator=123456789']])('rejects ?%s', async (query) => {
    const answer = await api.ask({ url: `/v1/channels?${query}` });
    expect([answer.statusCode, answer.json()]).toMatchObject([400, { code: 'bad-request' }]);
  });
});

describe('one channel', () => {
  beforeEach(() => open());

  it('names its subscribers, and how much of it is held', async () => {
    const client = await bus.join([{ id: 1, prefixes: ['vote.'] }], { name: 'Ada' });
    await bus.join([{ id: 1, channels: ['other'] }]);
    await bus.put('vote.a/b');
    bus.log.appendGap({ channels: ['vote.a/b'], missed: 1 });
    const found = await detail('vote.a/b');
    expect(found).toMatchObject({ offset: 1, entries: 2, oldest: 1, sessions: 1 });
    expect(found.subscribers).toMatchObject([
      { session: client.control('welcome')[0]?.session, name: 'Ada' },
    ]);
  });

  it('is answered where the log does not know it', async () => {
    await bus.join([{ id: 1, channels: ['quiet'] }]);
    expect(await detail('quiet')).toMatchObject({
      offset: null,
      time: null,
      perS: 0,
      entries: 0,
      oldest: null,
      sessions: 1,
    });
  });

  it('may have a name as long as names are', async () => {
    const name = 'ü'.repeat(127);
    await bus.put(name);
    expect((await detail(name)).offset).toBe(1);
    const long = await api.ask({ url: `/v1/channels/${encodeURIComponent(`${name}ü`)}` });
    expect([long.statusCode, long.json()]).toMatchObject([400, { code: 'bad-channel' }]);
  });

  it('names a hundred of its subscribers', async () => {
    for (let i = 0; i < 103; i++) await bus.join([{ id: 1, channels: ['room'] }]);
    const { sessions, subscribers } = await detail('room');
    expect([sessions, subscribers.length]).toEqual([103, 100]);
  });
});

describe('groups of names', () => {
  const names = fc.uniqueArray(fc.stringMatching(/^[ab.]{1,6}$/));

  test.prop([names])('have each name once, in a group or alone', (all) => {
    const groups = new Groups('', '.');
    const alone = all.filter((name) => groups.of(name) === undefined);
    const sizes = [...groups.all()].map(({ prefix, channels }) => [
      channels,
      all.filter((name) => name.slice(0, name.indexOf('.') + 1) === prefix).length,
    ]);
    for (const [counted, expected] of sizes) expect(counted).toBe(expected);
    expect(alone.every((name) => !name.includes('.'))).toBe(true);
  });
});
