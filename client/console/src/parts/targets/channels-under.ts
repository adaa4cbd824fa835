import type { Bus } from '@zerospan/client';
import type { ChannelsPage } from '@zerospan/shared';
import { type Api, Problem } from '../../data/api.ts';

/** Channels that are found below a prefix, at most. */
export const FOUND_MOST = 10_000;

/** Channels of a page of the server's. */
const PAGE = 1_000;

export interface FoundChannels {
  readonly names: readonly string[];
  /** Whether there may be more: above `FOUND_MOST`, or where the log has dropped what a channel had. */
  readonly isComplete: boolean;
}

/**
 * The channels that begin with a prefix: as the server knows them, or, for who may not ask it, as its log shows them.
 * @throws Problem, ZerospanError
 */
export async function channelsUnder(
  prefix: string,
  api: Api,
  bus: Bus,
  signal: AbortSignal,
): Promise<FoundChannels> {
  try {
    return await asked(prefix, api, signal);
  } catch (error) {
    if (!(error instanceof Problem) || ![401, 403, 404].includes(error.status)) throw error;
    return await seen(prefix, bus, signal);
  }
}

async function asked(prefix: string, api: Api, signal: AbortSignal): Promise<FoundChannels> {
  const names: string[] = [];
  for (;;) {
    const query = { prefix, sort: 'name', limit: PAGE, skip: names.length, separator: '' };
    const { channels, total } = await api.get<ChannelsPage>('channels', query, signal);
    names.push(...channels.map(({ channel }) => channel));
    if (channels.length === 0 || names.length >= total) return { names, isComplete: true };
    if (names.length >= FOUND_MOST) return { names: names.slice(0, FOUND_MOST), isComplete: false };
  }
}

async function seen(prefix: string, bus: Bus, signal: AbortSignal): Promise<FoundChannels> {
  const view = bus.view(prefix === '' ? '' : { prefix }, { limit: FOUND_MOST, signal });
  try {
    await view.ready;
    return { names: [...view.entries.keys()].sort(), isComplete: view.complete };
  } finally {
    void view.close();
  }
}
