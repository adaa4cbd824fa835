import { channelsOf, pause } from 'zerospan/load';
import { CONTENDERS, type ContenderName } from '../contenders.ts';
import { cpuMicroseconds } from '../cpu.ts';
import { socketsPossible } from '../descriptors.ts';
import type { CrowdPlan, CrowdReport } from '../parts/crowd.ts';
import type { Part } from '../processes.ts';
import type { Case, Scenario } from '../scenario.ts';

const CHANNELS = 10;
const NEEDS = { delivery: 'by channel', rate: 0, payloadBytes: 120 } as const;

/**
 * V8 gives pages back only about five seconds after the first forced collection, however many there are: with five in
 * one second, 5,000 connections seemed to take 27 MB more than they keep.
 */
const COLLECTIONS = 7;
const COLLECTION_PAUSE_MS = 1_000;

/**
 * How long the idle CPU is measured. Our beats come every 20 s, Socket.IO's pings every 25 s, to all that connected
 * together in one burst: some rounds have it.
 */
const IDLE_MS = 10_000;
const IDLE_SHORT_MS = 5_000;

const connections: Case = {
  name: '10,000 connections',
  contenders: ['zerospan', 'Socket.IO', 'ws.send loop', 'µWebSockets', 'nats-server'],
  limitMs: 120_000,
  async run(contender, stage, { short }) {
    const running = await CONTENDERS[contender as ContenderName](stage, NEEDS);
    if ('missing' in running) return running;
    const { part, pid, url, dialect } = running;
    const emptyBytes = await collectedBytes(part);
    const sockets = socketsPossible(short ? 500 : 10_000);
    const plan: CrowdPlan = { url, dialect, sockets, channels: channelsOf('room', CHANNELS) };
    const crowd = await stage.part('parts/crowd', plan);
    const { subscribed, tookMs } = await crowd.ask<CrowdReport>('connect');
    const rssBytes = await collectedBytes(part);
    const beforeUs = cpuMicroseconds(pid);
    const beforeMs = performance.now();
    await pause(short ? IDLE_SHORT_MS : IDLE_MS);
    const usedUs = cpuMicroseconds(pid) - beforeUs;
    const idleUs = (performance.now() - beforeMs) * 1_000;
    const { closed } = await crowd.ask<CrowdReport>('report');
    return {
      numbers: {
        sockets: subscribed,
        rssBytes,
        bytesEach: rssBytes / subscribed,
        grownBytesEach: (rssBytes - emptyBytes) / subscribed,
        cpuPercent: (usedUs / idleUs) * 100,
        connectS: tookMs / 1_000,
        closed,
      },
    };
  },
};

/** Resident memory of a server after forced garbage collection, as far as it collects. */
async function collectedBytes(server: Part): Promise<number> {
  let bytes = Number.NaN;
  for (let i = 0; i < COLLECTIONS; i++) {
    await pause(COLLECTION_PAUSE_MS);
    bytes = (await server.ask<{ rssBytes: number }>('memory')).rssBytes;
  }
  return bytes;
}

export const idle: Scenario = {
  name: 'idle',
  title: '10,000 connections, each subscribed to one of 10 channels, nothing published',
  cases: [connections],
};
