import { pause, type TallySummary } from 'zerospan/load';
import { CONTENDERS, type ContenderName, type Needs, type Running } from '../contenders.ts';
import { cpuMicroseconds, residentBytes } from '../cpu.ts';
import type { PublisherPlan } from '../parts/publisher.ts';
import type { SubscribersPlan } from '../parts/subscribers.ts';
import type { Part } from '../processes.ts';
import type { Case, Figures } from '../scenario.ts';
import type { Stage } from '../stage.ts';

/** A steady stream of messages to sockets that stay: what most scenarios are. */
export interface Stream {
  readonly name: string;
  readonly contenders: readonly ContenderName[];
  readonly delivery: Needs['delivery'];
  readonly sockets: number;
  /** Channels that every socket subscribes to, and those of its own. */
  readonly shared: readonly string[];
  readonly own: SubscribersPlan['own'];
  /** What is published on, in turn. */
  readonly channel: PublisherPlan['channel'];
  /** Messages a second in all. */
  readonly rate: number;
  readonly payloadBytes: number;
}

const ROUND_LIMIT_MS = 90_000;

/** A p99 needs at least this many messages: at a low rate it is measured for longer. */
const MESSAGES_LEAST = 1_000;

export function streamCase(stream: Stream): Case {
  return {
    name: stream.name,
    contenders: stream.contenders,
    limitMs: ROUND_LIMIT_MS,
    async run(contender, stage, { warmUpMs, measureMs, short }) {
      const running = await CONTENDERS[contender as ContenderName](stage, stream);
      if ('missing' in running) return running;
      const subscribers = await subscribed(stage, running, stream);
      const publisher = await publishing(stage, running, stream);
      await pause(warmUpMs);
      const leastMs = short ? 0 : (1_000 * MESSAGES_LEAST) / stream.rate;
      return measured(running, subscribers, publisher, stream, Math.max(measureMs, leastMs));
    },
  };
}

async function subscribed(stage: Stage, { url, dialect, token }: Running, stream: Stream): Promise<Part> {
  const { sockets, shared, own, payloadBytes } = stream;
  const plan: SubscribersPlan = { url, dialect, sockets, shared, own, payloadBytes, token };
  return stage.part('parts/subscribers', plan);
}

/** The publisher: a process of its own, or the server itself. */
async function publishing(stage: Stage, running: Running, stream: Stream): Promise<Part> {
  const { channel, payloadBytes, rate } = stream;
  const { publish: to } = running;
  const plan: PublisherPlan | undefined = to && { to, channel, payloadBytes };
  const publisher = plan ? await stage.part('parts/publisher', plan) : running.part;
  // The connection to ZeroMQ takes a moment, and what is sent before is lost.
  await pause(300);
  await publisher.ask(`start ${rate}`);
  return publisher;
}

async function measured(
  { pid }: Running,
  subscribers: Part,
  publisher: Part,
  { sockets, shared }: Stream,
  measureMs: number,
): Promise<Figures> {
  await publisher.ask('count');
  await subscribers.ask('report');
  const beforeUs = cpuMicroseconds(pid);
  const beforeMs = performance.now();
  await pause(measureMs);
  const received = await subscribers.ask<TallySummary>('report');
  const usedUs = cpuMicroseconds(pid) - beforeUs;
  const seconds = (performance.now() - beforeMs) / 1_000;
  const { sent } = await publisher.ask<{ sent: number }>('count');
  // What is published goes to everybody, or to the one who has that channel.
  const due = sent * (shared.length > 0 ? sockets : 1);
  return {
    numbers: {
      cpuUs: usedUs / received.publications,
      cpuShare: usedUs / 1e6 / seconds,
      deliveriesPerS: received.publications / seconds,
      deliveredShare: received.publications / due,
      rssBytes: residentBytes(pid),
      disordered: received.disordered,
      gaps: received.gaps,
    },
    delays: [received.delays],
  };
}
