import { channelsOf } from 'zerospan/load';
import { type Metrics, metrics } from '../../metrics.ts';
import type { PublisherPlan } from '../../parts/publisher.ts';
import type { Server, Stage } from '../../stage.ts';
import { askUntil } from '../clock.ts';
import { Directory, killed } from './directory.ts';
import type { PutsPlan, PutsReport } from './parts/puts.ts';
import { meanBytes, textBytes } from './texts.ts';

/** A log of known entries, whose process was killed. */
export interface Filled {
  readonly directory: Directory;
  readonly logBytes: number;
  readonly entries: number;
  /** What its room is measured by: see `texts.ts`. */
  readonly textBytes: number;
  readonly keyBytes: number;
}

const CHANNEL = { name: 'room', count: 1_000 };
const CHANNELS = channelsOf(CHANNEL.name, CHANNEL.count);
const PAYLOAD_BYTES = 120;

/** So large that nothing is dropped, and that a segment is no smaller part of a small log. */
const logBytesFor = (bytes: number): number => 4 * bytes;

/** Slow ones, too, take less. */
const FILL_MOST_MS = 1_500_000;

/** By a real server, of what comes from ZeroMQ as fast as it takes it. */
export async function filledFromZeroMq(stage: Stage, bytes: number): Promise<Filled> {
  const directory = new Directory(stage.folder());
  const logBytes = logBytesFor(bytes);
  const server = await stage.server([], 0, directory.flags(logBytes));
  const plan: PublisherPlan = {
    to: { native: server.busIngress },
    channel: CHANNEL,
    payloadBytes: PAYLOAD_BYTES,
  };
  const flood = await stage.part('parts/flood', plan);
  await flood.ask('start');
  const has = (now: Metrics): boolean => now.sum('zerospan_log_disk_bytes') >= bytes;
  const now = await askUntil(() => metrics(server.url), has, FILL_MOST_MS);
  await flood.ask('stop');
  if (!has(now)) throw new Error(`the log did not come to ${bytes} bytes`);
  await flood.end();
  const entries = await settledEntries(server);
  await killed(server.part);
  const text = textBytes(entries, meanBytes(CHANNELS), PAYLOAD_BYTES);
  return { directory, logBytes, entries, textBytes: text, keyBytes: 0 };
}

/** By a process with the store alone, of puts with keys: see `parts/puts.ts`. @returns how long it took, too */
export async function filledWithPuts(
  stage: Stage,
  bytes: number,
): Promise<Filled & { readonly tookMs: number }> {
  const directory = new Directory(stage.folder());
  const logBytes = logBytesFor(bytes);
  const plan: PutsPlan = {
    directory: directory.path,
    logBytes,
    channels: CHANNELS,
    payloadBytes: PAYLOAD_BYTES,
  };
  const filler = await stage.part('promises/disk/parts/puts', plan);
  const { entries, keyBytes, tookMs } = await filler.ask<PutsReport>(`fill ${bytes}`);
  await killed(filler);
  const text = textBytes(entries, meanBytes(CHANNELS), PAYLOAD_BYTES);
  return { directory, logBytes, entries, textBytes: text, keyBytes, tookMs };
}

/** How many the log holds once nothing more comes and all of it is synced. */
export async function settledEntries({ url }: Pick<Server, 'url'>): Promise<number> {
  let before = -1;
  const isSettled = (now: Metrics): boolean => {
    const entries = now.sum('zerospan_log_disk_entries');
    const waiting = now.sum('zerospan_log_disk_waiting_bytes') + now.sum('zerospan_log_disk_unsynced_bytes');
    const settled = entries === before && waiting === 0;
    before = entries;
    return settled;
  };
  const last = await askUntil(() => metrics(url), isSettled, 60_000);
  return last.sum('zerospan_log_disk_entries');
}
