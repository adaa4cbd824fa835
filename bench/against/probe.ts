import { pause, type TallySummary } from 'zerospan/load';
import { CONTENDERS } from '../contenders.ts';
import type { PublisherPlan } from '../parts/publisher.ts';
import type { PutterPlan, PutterReport } from '../parts/putter.ts';
import type { SubscribersPlan } from '../parts/subscribers.ts';
import type { Case } from '../scenario.ts';

const CHANNEL = 'room';
const PAYLOAD_BYTES = 120;
const RATE = 100;
const POLL_MS = 50;

/**
 * Whether a server understands the load of this work tree: its start, its way in from ZeroMQ, its subscriptions and its
 * puts. The protocol of an old commit may be another, and each case would fail without a word of why.
 */
export const probe: Case = {
  name: 'probe',
  contenders: ['zerospan'],
  limitMs: 30_000,
  async run(_contender, stage) {
    const needs = { delivery: 'by channel', rate: RATE, payloadBytes: PAYLOAD_BYTES } as const;
    const running = await CONTENDERS.zerospan(stage, needs);
    if ('missing' in running) return running;
    const { url, dialect, publish: to } = running;
    if (!to) return { missing: 'it has no way in from ZeroMQ' };
    const each = { url, dialect, sockets: 1, payloadBytes: PAYLOAD_BYTES };
    const listening: SubscribersPlan = { ...each, shared: [CHANNEL], own: { name: '', count: 0 } };
    const subscriber = await stage.part('parts/subscribers', listening);
    const channel = { name: CHANNEL, count: 0 };
    const publishing: PublisherPlan = { to, channel, payloadBytes: PAYLOAD_BYTES };
    const publisher = await stage.part('parts/publisher', publishing);
    await publisher.ask(`start ${RATE}`);
    let delivered = 0;
    // The connection to ZeroMQ takes a moment, and what is sent before is lost.
    for (; delivered === 0; await pause(POLL_MS))
      delivered = (await subscriber.ask<TallySummary>('report')).publications;
    await publisher.ask('stop');
    const putting: PutterPlan = { ...each, channels: [CHANNEL] };
    const putter = await stage.part('parts/putter', putting);
    await putter.ask(`start ${RATE}`);
    let answered = 0;
    for (; answered === 0; await pause(POLL_MS))
      answered = (await putter.ask<PutterReport>('count')).answered;
    return { numbers: { delivered, answered } };
  },
};
