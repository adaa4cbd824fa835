import { pause, type TallySummary } from 'zerospan/load';
import { CONTENDERS, type ContenderName, type Running } from '../contenders.ts';
import { cpuMicroseconds, residentBytes } from '../cpu.ts';
import type { PublisherPlan } from '../parts/publisher.ts';
import type { SubscribersPlan } from '../parts/subscribers.ts';
import type { Part } from '../processes.ts';
import type { Case, Figures, Scenario } from '../scenario.ts';

const PAYLOAD_BYTES = 120;
const CHANNEL = { name: 'topic', count: 10_000 };
const NEEDS = { delivery: 'everything', rate: 0, payloadBytes: PAYLOAD_BYTES } as const;

/** No case reports delays: a flood's time stamps are older than its messages. */
const everything: Case = {
  name: '1 socket, 10,000 channels',
  contenders: ['zerospan', 'ws.send loop', 'Socket.IO', 'nats-server'],
  limitMs: 60_000,
  async run(contender, stage, { warmUpMs, measureMs }) {
    const running = await CONTENDERS[contender as ContenderName](stage, NEEDS);
    if ('missing' in running) return running;
    const { url, dialect, publish: to } = running;
    if (!to) return { missing: 'nothing can be published there' };
    const own = { name: '', count: 0 };
    const plan: SubscribersPlan = {
      url,
      dialect,
      sockets: 1,
      shared: [''],
      own,
      payloadBytes: PAYLOAD_BYTES,
    };
    const subscriber = await stage.part('parts/subscribers', plan);
    const load: PublisherPlan = { to, channel: CHANNEL, payloadBytes: PAYLOAD_BYTES };
    const flood = await stage.part('parts/flood', load);
    await flood.ask('start');
    await pause(warmUpMs);
    return measured(running, subscriber, flood, measureMs);
  },
};

async function measured(
  { pid }: Running,
  subscriber: Part,
  flood: Part,
  measureMs: number,
): Promise<Figures> {
  await flood.ask('count');
  await subscriber.ask('report');
  const beforeUs = cpuMicroseconds(pid);
  const beforeMs = performance.now();
  await pause(measureMs);
  const received = await subscriber.ask<TallySummary>('report');
  const usedUs = cpuMicroseconds(pid) - beforeUs;
  const seconds = (performance.now() - beforeMs) / 1_000;
  const { sent } = await flood.ask<{ sent: number }>('count');
  await flood.ask('stop');
  return {
    numbers: {
      deliveriesPerS: received.publications / seconds,
      cpuUs: usedUs / received.publications,
      cpuShare: usedUs / 1e6 / seconds,
      // Below 1: a backlog grows, or something is lost.
      deliveredShare: received.publications / sent,
      rssBytes: residentBytes(pid),
      disordered: received.disordered,
      gaps: received.gaps,
      closed: received.closed,
    },
  };
}

export const observer: Scenario = {
  name: 'observer',
  title: 'one socket on everything, 10,000 channels, as fast as it goes',
  cases: [everything],
};
