import type { Clock } from '@zerospan/shared';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Meter } from '../../core/meter.ts';
import { type Doorkeeper, rightOnly } from './right-only.ts';
import { Scrapes } from './scrapes.ts';

/** How long rendering takes of one turn of the event loop, in ms: it visits every session and every descriptor. */
const SLICE_MS = 5;

export interface MetricsAccess {
  readonly clock: Clock;
  /**
   * Who may read them beside this machine: clients with the right `metrics`, or everybody, where an application
   * guards them itself.
   */
  readonly readers: Doorkeeper | 'everybody';
  /** Whether a request comes from this machine itself. It needs no token, and is answered by what is true now. */
  readonly isOfThisMachine: (request: FastifyRequest) => boolean;
}

/** Answers `/metrics` in Prometheus' text format: the meters, read when asked for, and those of the process. */
export function addMetrics(
  app: FastifyInstance,
  meters: readonly Meter[],
  { clock, readers, isOfThisMachine }: MetricsAccess,
): void {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  for (const meter of meters) register(registry, meter);
  const scrapes = new Scrapes(clock, () => rendered(registry));
  app.get('/metrics', {
    onRequest: async (request, reply) => {
      if (readers === 'everybody' || isOfThisMachine(request)) return;
      await rightOnly('metrics', readers, request, reply);
    },
    handler: async (request, reply) => {
      reply.type(registry.contentType);
      return isOfThisMachine(request) ? scrapes.fresh() : scrapes.recent();
    },
  });
}

/** What `registry.metrics()` answers, which takes all of it in one turn. */
async function rendered(registry: Registry): Promise<string> {
  const texts: string[] = [];
  let untilMs = performance.now() + SLICE_MS;
  for (const { name } of registry.getMetricsAsArray()) {
    texts.push(await registry.getSingleMetricAsString(name));
    if (performance.now() < untilMs) continue;
    await new Promise(setImmediate);
    untilMs = performance.now() + SLICE_MS;
  }
  return `${texts.join('\n\n')}\n`;
}

function register(registry: Registry, meter: Meter): void {
  const { name, help } = meter;
  const registers = [registry];
  if (meter.kind === 'spread') {
    const histogram: Histogram = new Histogram({
      name,
      help,
      buckets: [...meter.bounds],
      registers,
      // Of now alone: what was observed at an earlier scrape has nothing to do with it.
      collect: () => {
        histogram.reset();
        for (const value of meter.read()) histogram.observe(value);
      },
    });
    return;
  }
  const { kind, label } = meter;
  const labelNames = label === undefined ? [] : [label];
  const labels = (value: string) => (label === undefined ? {} : { [label]: value });
  if (kind === 'gauge') {
    const gauge: Gauge = new Gauge({
      name,
      help,
      labelNames,
      registers,
      collect: () => {
        for (const [of, value] of meter.read()) gauge.set(labels(of), value);
      },
    });
    return;
  }
  const counter: Counter = new Counter({
    name,
    help,
    labelNames,
    registers,
    collect: () => {
      counter.reset();
      for (const [of, value] of meter.read()) counter.inc(labels(of), value);
    },
  });
}
