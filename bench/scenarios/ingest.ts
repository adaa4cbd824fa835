import { fileURLToPath } from 'node:url';
import { pause } from 'zerospan/load';
import { diskFlags } from '../contenders.ts';
import { cpuMicroseconds, residentBytes } from '../cpu.ts';
import { metrics } from '../metrics.ts';
import type { PublisherPlan } from '../parts/publisher.ts';
import { Part } from '../processes.ts';
import type { Case, Scenario } from '../scenario.ts';
import type { Stage } from '../stage.ts';

const PAYLOAD_BYTES = 120;

/** A process that takes messages from ZeroMQ. */
interface Receiver {
  readonly pid: number;
  readonly address: string;
  /** What it has taken, since the beginning. */
  taken(): Promise<Taken>;
}

interface Taken {
  readonly received: number;
  /** Of a server with a log: messages that stand in it, and such that do not. */
  readonly log?: { readonly head: number; readonly dropped: number };
}

async function zerospan(stage: Stage, log?: readonly string[]): Promise<Receiver> {
  const { part, url, busIngress } = await stage.server([], 0, log);
  return {
    pid: part.pid,
    address: busIngress,
    async taken() {
      const now = await metrics(url);
      const dropped = now.sum('zerospan_zeromq_dropped_total') + now.sum('zerospan_zeromq_failed_total');
      const log = { head: now.sum('zerospan_head_offset'), dropped };
      return { received: now.sum('zerospan_zeromq_received_total'), log };
    },
  };
}

async function receiveLoop(stage: Stage): Promise<Receiver> {
  const part = stage.add(Part.run([fileURLToPath(new URL('../peers/receive-loop.mjs', import.meta.url))]));
  const { ingress: address } = await part.said<{ ingress: string }>();
  let received = 0;
  return {
    pid: part.pid,
    address,
    async taken() {
      received += (await part.ask<{ received: number }>('count')).received;
      return { received };
    },
  };
}

const RECEIVERS: Readonly<Record<string, (stage: Stage) => Promise<Receiver>>> = {
  zerospan: (stage) => zerospan(stage),
  'zerospan, disk': (stage) => zerospan(stage, diskFlags(stage, 'group')),
  'zerospan, disk, interval': (stage) => zerospan(stage, diskFlags(stage, 'interval')),
  'receive loop': receiveLoop,
};

/** A flood on one channel or many. @param contenders names of those above */
export function ingestCase(
  name: string,
  channel: PublisherPlan['channel'],
  contenders: readonly string[] = ['zerospan', 'receive loop'],
  payloadBytes = PAYLOAD_BYTES,
): Case {
  return {
    name,
    contenders,
    limitMs: 60_000,
    async run(contender, stage, { warmUpMs, measureMs }) {
      const receiver = await RECEIVERS[contender]?.(stage);
      if (!receiver) return { missing: `nobody receives as ${contender}` };
      const { pid, address } = receiver;
      const plan: PublisherPlan = { to: { native: address }, channel, payloadBytes };
      const flood = await stage.part('parts/flood', plan);
      await flood.ask('start');
      await pause(warmUpMs);
      const before = await receiver.taken();
      const beforeUs = cpuMicroseconds(pid);
      const beforeMs = performance.now();
      await pause(measureMs);
      const after = await receiver.taken();
      const usedUs = cpuMicroseconds(pid) - beforeUs;
      const seconds = (performance.now() - beforeMs) / 1_000;
      // A flood whose connection was closed is gone, and this fails.
      await flood.ask('stop');
      const received = after.received - before.received;
      const logged = after.log && before.log && (after.log.head - before.log.head) / received;
      return {
        numbers: {
          messagesPerS: received / seconds,
          cpuUs: usedUs / received,
          cpuShare: usedUs / 1e6 / seconds,
          rssBytes: residentBytes(pid),
          ...(after.log && logged !== undefined ? { loggedShare: logged, dropped: after.log.dropped } : {}),
        },
      };
    },
  };
}

export const ingest: Scenario = {
  name: 'ingest',
  title: 'ZeroMQ to log, nobody subscribed, as fast as it goes, against the bare receive loop of zeromq',
  cases: [
    ingestCase('1 channel', { name: 'topic', count: 0 }),
    ingestCase('1,000 channels', { name: 'topic', count: 1_000 }),
  ],
};
