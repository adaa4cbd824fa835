/** Receipts: a put to a thousand channels, some of which have no subscriber, and some of whose sessions are frozen. */
import type { Part } from '../processes.ts';
import { type Stage, signal } from '../stage.ts';
import { below, type Check, exactly, reported } from './check.ts';
import { Clients, count, sameFor } from './clients.ts';
import { pause } from './clock.ts';
import type { Measurement } from './measurement.ts';
import type { ConfirmerReport } from './parts/confirmer.ts';

const SESSIONS = 100;
const CHANNELS = 1_000;
const UNSUBSCRIBED = 100;
const FROZEN = 10;
const TIMEOUT_MS = 2_000;

const NAMES = Array.from({ length: CHANNELS }, (_, i) => `station.${i}`);

/** How many healthy sessions subscribe to a channel: one, two or three, so that a count taken for another's shows. */
const subscribersOf = (i: number): number => (i < UNSUBSCRIBED ? 0 : 1 + (i % 3));

/** The channels of each of the healthy sessions. */
function wishes(): string[][] {
  const all = Array.from({ length: SESSIONS }, () => [] as string[]);
  for (const [i, name] of NAMES.entries()) {
    for (let k = 0; k < subscribersOf(i); k++) all[(i + k * 7) % SESSIONS]?.push(name);
  }
  return all;
}

async function several(confirmer: Part, times: number): Promise<string> {
  const took: number[] = [];
  for (let i = 0; i < times; i++) {
    took.push((await confirmer.ask<ConfirmerReport>(`confirm ${TIMEOUT_MS}`)).tookMs);
    await pause(50);
  }
  took.sort((a, b) => a - b);
  return `${Math.round(took[times >> 1] ?? 0)} ms (${Math.round(took[0] ?? 0)} to ${Math.round(took.at(-1) ?? 0)})`;
}

async function counted(stage: Stage, times: number): Promise<Check[]> {
  const server = await stage.server();
  await Clients.start(stage, server.url, wishes(), 2);
  const confirmer = await stage.part('promises/parts/confirmer', { url: server.url, channels: NAMES });
  const calm = await several(confirmer, times);
  const frozen = await Clients.start(
    stage,
    server.url,
    Array.from({ length: FROZEN }, (_, i) => [NAMES[UNSUBSCRIBED + i] as string]),
    1,
  );
  for (const pid of frozen.pids) signal(pid, 'SIGSTOP');
  const { channels, tookMs } = await confirmer.ask<ConfirmerReport>(`confirm ${TIMEOUT_MS}`);
  for (const pid of frozen.pids) signal(pid, 'SIGCONT');
  const isFrozen = (i: number): boolean => i >= UNSUBSCRIBED && i < UNSUBSCRIBED + FROZEN;
  const exact = channels.filter(({ channel, sessions, confirmed, skipped, unanswered }, i) => {
    const isDue =
      channel === NAMES[i] &&
      confirmed === subscribersOf(i) &&
      skipped === 0 &&
      unanswered === (isFrozen(i) ? 1 : 0);
    return isDue && confirmed + skipped + unanswered === sessions;
  });
  const sum = (of: (i: number) => number): number => NAMES.reduce((all, _, i) => all + of(i), 0);
  await stage.clear();
  return [
    exactly('channels whose counts are exact', exact.length, CHANNELS),
    exactly(
      'confirmed',
      channels.reduce((all, { confirmed = 0 }) => all + confirmed, 0),
      sum(subscribersOf),
    ),
    exactly(
      'unanswered',
      channels.reduce((all, { unanswered = 0 }) => all + unanswered, 0),
      FROZEN,
    ),
    exactly(
      'channels that nobody wants',
      count(channels, ({ sessions }) => sessions === 0),
      UNSUBSCRIBED,
    ),
    below('answered after', tookMs, TIMEOUT_MS + 500, 'ms'),
    reported(`nobody frozen, ${CHANNELS} channels, ${SESSIONS} sessions`, calm, `${times} puts`),
  ];
}

async function crowded(stage: Stage, size: number, times: number): Promise<Check[]> {
  const server = await stage.server();
  await Clients.start(stage, server.url, sameFor(size, 'room'), 2);
  const confirmer = await stage.part('promises/parts/confirmer', { url: server.url, channels: ['room'] });
  const took = await several(confirmer, times);
  const { channels } = await confirmer.ask<ConfirmerReport>(`confirm ${TIMEOUT_MS}`);
  await stage.clear();
  return [
    exactly(`one channel, ${size} sessions: confirmed`, channels[0]?.confirmed ?? 0, size),
    reported(`one channel, ${size} sessions`, took, `${times} puts`),
  ];
}

export const confirm: Measurement = {
  name: 'confirm',
  title: 'a put to 1,000 channels, of which 100 have no subscriber and 10 a frozen one',
  limitMs: 90_000,
  async run(stage, short) {
    const times = short ? 3 : 20;
    return [...(await counted(stage, times)), ...(await crowded(stage, short ? 200 : 1_000, times))];
  },
};
