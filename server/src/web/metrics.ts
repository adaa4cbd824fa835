import type { FastifyInstance } from 'fastify';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Meter } from '../core/meter.ts';

/** Answers `/metrics` in Prometheus' text format: the meters, read when asked for, and those of the process. */
export function addMetrics(app: FastifyInstance, meters: readonly Meter[]): void {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  for (const meter of meters) register(registry, meter);
  app.get('/metrics', async (_request, reply) => {
    reply.type(registry.contentType);
    return registry.metrics();
  });
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
