import { metrics } from '../../metrics.ts';
import type { PublisherPlan } from '../../parts/publisher.ts';
import type { Stage } from '../../stage.ts';
import { atLeast, atMost, type Check, figure, reported } from '../check.ts';
import { pause, sharedMs } from '../clock.ts';
import { killed } from './directory.ts';
import type { Filled } from './filled.ts';

/** A steady load, far below what a server takes: its own turns are short. With it, a log of 1 GB rolls every 6 s. */
const RATE = 10_000;
const PAYLOAD_BYTES = 1_024;
/** How often the server is asked for its longest turn: each answer is of the time since the last one. */
const EVERY_MS = 250;
const RETENTION_MOST_MS = 5;

interface Stretch {
  /** The longest delay of the event loop, in ms. */
  readonly longestMs: number;
  readonly dropped: number;
}

/** A server on a log, under load. @param logBytes what it may keep */
async function underLoad(
  stage: Stage,
  { directory }: Filled,
  logBytes: number,
  seconds: number,
): Promise<Stretch> {
  const server = await stage.server([], 0, directory.flags(logBytes));
  const plan: PublisherPlan = {
    to: { native: server.busIngress },
    channel: { name: 'room', count: 1_000 },
    payloadBytes: PAYLOAD_BYTES,
  };
  const publisher = await stage.part('parts/publisher', plan);
  // What is sent before the server has subscribed would be dropped.
  await pause(1_000);
  await publisher.ask('count');
  // The delays of the start itself are answered once, and gone.
  const before = (await metrics(server.url)).sum('zerospan_log_disk_entries');
  await publisher.ask(`start ${RATE}`);
  let longestMs = 0;
  for (const untilMs = sharedMs() + seconds * 1_000; sharedMs() < untilMs; ) {
    await pause(EVERY_MS);
    const now = await metrics(server.url);
    longestMs = Math.max(longestMs, now.sum('nodejs_eventloop_lag_max_seconds') * 1_000);
  }
  await publisher.ask('stop');
  const { sent } = await publisher.ask<{ sent: number }>('count');
  await pause(500);
  const after = (await metrics(server.url)).sum('zerospan_log_disk_entries');
  await publisher.end();
  await killed(server.part);
  return { longestMs, dropped: before + sent - after };
}

/**
 * What dropping costs the other work of a server. The server reports the longest delay of its event loop, which is that
 * of all that it does, its rest between two looks included: so the same load is run without anything to drop, and the
 * difference is taken for the retention's. One pause of a garbage collection that falls into one of the two stretches
 * alone is a difference as well; both numbers are reported.
 * @param bytes what the log holds by now: more is dropped
 */
export async function retained(
  stage: Stage,
  filled: Filled,
  bytes: number,
  seconds: number,
): Promise<Check[]> {
  // The other way round it would have dropped already what the second is to drop.
  const without = await underLoad(stage, filled, filled.logBytes, seconds);
  const dropping = await underLoad(stage, filled, bytes, seconds);
  return [
    reported(
      'longest delay of the event loop under load',
      `${figure(dropping.longestMs, 'ms')} while segments are dropped`,
      `${figure(without.longestMs, 'ms')} without`,
    ),
    atLeast('entries dropped meanwhile', dropping.dropped, 1),
    atMost(
      'longest turn of the retention, as their difference',
      Math.max(0, dropping.longestMs - without.longestMs),
      RETENTION_MOST_MS,
      'ms',
    ),
  ];
}
