import { expect, it } from 'vitest';
import { type Api, Problem } from '../../../../../client/console/src/data/api.ts';
import { audienceOf } from '../../../../../client/console/src/parts/targets/audience.ts';
import { channelsUnder } from '../../../../../client/console/src/parts/targets/channels-under.ts';

const { signal } = new AbortController();

/** A server that knows these channels with their sessions, and answers for every name. */
function server(known: Readonly<Record<string, number>>, asked: string[] = []): Api {
  const row = (channel: string) => ({ channel, sessions: known[channel] ?? 0, nativeSubscriptions: 0 });
  const get = async (path: string, query: Readonly<Record<string, unknown>> = {}) => {
    asked.push(path);
    if (path !== 'channels') return row(decodeURIComponent(path.slice('channels/'.length)));
    const { prefix, skip = 0, limit = 100 } = query as { prefix: string; skip?: number; limit?: number };
    const all = Object.keys(known).filter((name) => name.startsWith(prefix));
    return { groups: [], channels: all.slice(skip, skip + limit).map(row), total: all.length, skip };
  };
  return { get } as unknown as Api;
}

it('asks about a few channels one by one, and escapes their names', async () => {
  const asked: string[] = [];
  const audience = await audienceOf(['a/b', 'c', '?d'], server({ 'a/b': 2, c: 0, '?d': 1 }, asked), signal);
  expect(audience).toEqual({
    sessions: 3,
    heard: 2,
    nativeSubscriptions: 0,
    nobody: 1,
    notAsked: 0,
    requests: 3,
  });
  expect(asked.sort()).toEqual(['channels/%3Fd', 'channels/a%2Fb', 'channels/c']);
});

it('finds many in the pages of what they begin with, and asks about those alone that the log does not know', async () => {
  const names = Array.from({ length: 2_600 }, (_, at) => `room.${at}`);
  const known = Object.fromEntries(names.slice(0, 2_400).map((name) => [name, 1]));
  const asked: string[] = [];
  const audience = await audienceOf(names, server(known, asked), signal);
  expect(audience).toMatchObject({ sessions: 2_400, heard: 2_400, nobody: 200, notAsked: 0, requests: 200 });
  expect(asked.filter((path) => path === 'channels')).toHaveLength(3);
});

it('says how many it did not ask about', async () => {
  const names = Array.from({ length: 1_000 }, (_, at) => `room.${at}`);
  expect(await audienceOf(names, server({}), signal)).toMatchObject({ nobody: 250, notAsked: 750 });
});

it('finds all channels that begin with a prefix, page by page', async () => {
  const known = Object.fromEntries(Array.from({ length: 2_500 }, (_, at) => [`vote.${at}`, 0]));
  const found = await channelsUnder('vote.', server({ ...known, other: 0 }), NO_BUS, signal);
  expect(found.names).toHaveLength(2_500);
  expect(found.isComplete).toBe(true);
});

it('finds them in the log where the server does not say', async () => {
  const denied = {
    get: () => Promise.reject(new Problem('forbidden', 'No grant of the token covers it.', '', 403)),
  } as unknown as Api;
  const view = {
    ready: Promise.resolve(),
    entries: new Map([
      ['b', 1],
      ['a', 2],
    ]),
    complete: false,
    close: () => {},
  };
  const bus = { view: () => view } as unknown as Parameters<typeof channelsUnder>[2];
  expect(await channelsUnder('', denied, bus, signal)).toEqual({ names: ['a', 'b'], isComplete: false });
});

const NO_BUS = {} as Parameters<typeof channelsUnder>[2];
