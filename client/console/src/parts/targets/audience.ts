import type { ChannelDetail, ChannelsPage, ObservedChannel } from '@zerospan/shared';
import type { Api } from '../../data/api.ts';
import { commonStart } from './targets.ts';

/** Who would be given a message that is put now. */
export interface Audience {
  /** A session with several of the channels counts once for each. */
  readonly sessions: number;
  /** Channels that have a session. */
  readonly heard: number;
  readonly nativeSubscriptions: number;
  /** Channels that have neither. */
  readonly nobody: number;
  /** Channels that were not asked about: there are too many. */
  readonly notAsked: number;
  /** How many channels were asked about one by one, each by a request. */
  readonly requests: number;
}

/** More channels than these are first sought in the pages of what they begin with; the log knows not all of them. */
const SINGLY = 40;

/** Channels that are asked about one by one, at most. */
const SINGLY_MOST = 250;

/** Requests at a time. */
const AT_ONCE = 2;

/** Pages of the server's channels that are read for it, at most. */
const PAGES_MOST = 10;
const PAGE = 1_000;

type Listeners = Pick<ObservedChannel, 'sessions' | 'nativeSubscriptions'>;

/** Asks the server who is subscribed to channels now. It requires the right `observe`. @throws Problem */
export async function audienceOf(names: readonly string[], api: Api, signal: AbortSignal): Promise<Audience> {
  const known = new Map<string, Listeners>();
  if (names.length > SINGLY) await readPages(names, known, api, signal);
  const rest = names.filter((name) => !known.has(name)).slice(0, SINGLY_MOST);
  const requests = rest.length;
  const one = async (): Promise<void> => {
    for (let name = rest.pop(); name !== undefined; name = rest.pop())
      known.set(name, await api.get<ChannelDetail>(`channels/${encodeURIComponent(name)}`, {}, signal));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, one));
  let [sessions, heard, nativeSubscriptions, nobody] = [0, 0, 0, 0];
  for (const found of known.values()) {
    sessions += found.sessions;
    nativeSubscriptions += found.nativeSubscriptions;
    if (found.sessions > 0) heard++;
    if (found.sessions === 0 && found.nativeSubscriptions === 0) nobody++;
  }
  return { sessions, heard, nativeSubscriptions, nobody, notAsked: names.length - known.size, requests };
}

async function readPages(
  names: readonly string[],
  known: Map<string, Listeners>,
  api: Api,
  signal: AbortSignal,
): Promise<void> {
  const asked = new Set(names);
  const prefix = commonStart(names);
  for (let page = 0; page < PAGES_MOST; page++) {
    const query = { prefix, sort: 'name', limit: PAGE, skip: page * PAGE };
    const { channels, total } = await api.get<ChannelsPage>('channels', query, signal);
    for (const each of channels) if (asked.has(each.channel)) known.set(each.channel, each);
    if (channels.length === 0 || (page + 1) * PAGE >= total || known.size === asked.size) return;
  }
}
