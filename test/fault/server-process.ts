// A real server whose trace is the ledger: every entry of its log, written before anybody can be given it.
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { getHeapStatistics } from 'node:v8';
import fastify from 'fastify';
import type { OpenBus } from '../../server/src/compose/bus.ts';
import { addBus } from '../../server/src/compose/guarded-bus.ts';
import type { Entry } from '../../server/src/core/log/log.ts';
import { readSettings } from '../../server/src/settings/read.ts';
import type { Settings } from '../../server/src/settings/settings.ts';
import { hashOf, soundMessage } from './message.ts';
import { type Line, TraceWriter } from './trace.ts';
import { type Tuning, tune } from './tuning.ts';

export interface ServerPlan {
  readonly trace: string;
  readonly port: number;
  readonly bus: Partial<Settings['bus']>;
  readonly log: Partial<Settings['log']>;
  readonly tuning: Tuning;
}

/** What a server holds, for the search for what grows. */
export interface Figures {
  readonly rssBytes: number;
  readonly heapBytes: number;
  readonly externalBytes: number;
  readonly descriptors: number;
  readonly timers: number;
  readonly entries: number;
  readonly logBytes: number;
  readonly channels: number;
  readonly puts: number;
  readonly cohorts: number;
  readonly sessions: number;
}

export interface ServerAnswer {
  readonly ready?: true;
  readonly open?: true;
  readonly figures?: Figures;
}

const plan = JSON.parse(process.argv[2] ?? '') as ServerPlan;
tune(plan.tuning);
// Loading takes longer than most faults last: a server that is to follow another one is loaded before, and waits.
answer({ ready: true });
await once(process, 'message');
const trace = new TraceWriter(plan.trace, { gathers: false });
const settings = readSettings().settings;
const { helloMs } = plan.tuning.times ?? {};
const app = fastify({
  forceCloseConnections: true,
  requestTimeout: 10_000,
  logger: { level: 'error', stream: { write: (text) => trace.write({ t: 'fault', text }) } },
});
const { log, hub } = await addBus(
  app,
  {
    ...settings,
    port: plan.port,
    bus: { ...settings.bus, ...plan.bus },
    log: { ...settings.log, ...plan.log },
    limits: { ...settings.limits, ...(helloMs !== undefined && { helloMs }) },
  },
  { page: false },
);
trace.write({ t: 'log', epoch: log.epoch });
// What the log holds of before is written down first: who judges it goes by the order of lines.
const early: Entry[] = [];
let isRead = false;
log.follow((entry) => {
  if (isRead) trace.write(lineOf(entry));
  else early.push(entry);
});
const { head } = log;
for (let after = 0; after < head; ) {
  const interests = [{ filter: { channels: [], prefixes: ['', '$'] }, after }];
  const { entries, upTo } = await log.read({ after, interests, scan: 10_000, bytes: 10_000_000 });
  for (const entry of entries) if (entry.offset <= head) trace.write(lineOf(entry));
  after = upTo;
}
for (const entry of early) trace.write(lineOf(entry));
isRead = true;
await app.listen({ host: '127.0.0.1', port: plan.port });

function lineOf({ offset, channel, text, nativeAt }: Entry): Line {
  // A publication begins with a digit; an upstream gap is a control message.
  if (text[0] === 0x7b)
    return { t: 'upstream', o: offset, c: channel, m: JSON.parse(text.toString()).gap.missed };
  const payload = text.subarray(nativeAt + Buffer.byteLength(channel) + 1);
  const sound = soundMessage(payload.toString());
  const line = { t: 'entry', o: offset, c: channel, h: hashOf(payload) } as const;
  return sound ? { ...line, p: sound.p, n: sound.n } : line;
}

function figures(bus: Pick<OpenBus, 'hub' | 'log'>): Figures {
  // Present when the process was started with --expose-gc.
  globalThis.gc?.();
  const { rss, external } = process.memoryUsage();
  return {
    rssBytes: rss,
    heapBytes: getHeapStatistics().used_heap_size,
    externalBytes: external,
    descriptors: readdirSync('/proc/self/fd').length,
    timers: process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length,
    entries: bus.log.counts.entries,
    logBytes: bus.log.counts.bytes,
    channels: bus.log.counts.channels,
    puts: bus.log.counts.remembered,
    cohorts: bus.hub.fanout.cohorts.count,
    sessions: bus.hub.connections.size,
  };
}

function answer(text: ServerAnswer): void {
  process.send?.(text);
}

process.on('message', (message) => {
  if (message === 'figures') answer({ figures: figures({ hub, log }) });
});
process.on('SIGTERM', () => {
  void app.close().then(() => process.exit(0));
});
// Whoever started it is gone.
process.on('disconnect', () => process.exit(0));
process.on('uncaughtException', (error) => {
  trace.write({ t: 'fault', text: String(error.stack) });
  process.exit(1);
});
answer({ open: true });
