import type { ServerStatus } from '@zerospan/shared';
import type { Hub } from '../core/hub.ts';
import { ObservedChannels } from '../core/observing/channels.ts';
import type { EntryLog } from '../core/observing/explain/entry.ts';
import { Explainer } from '../core/observing/explain/explainer.ts';
import type { KnownChannels } from '../core/observing/known-channels.ts';
import { Overview, type OverviewLog } from '../core/observing/overview.ts';
import { ObservedSessions } from '../core/observing/sessions.ts';
import { StatsChannel } from '../core/observing/stats.ts';
import type { ZeroMqSubscribers } from '../core/putting/put-tally.ts';
import { type EndOfTurn, TimeSlicer } from '../core/time-slicer.ts';

/** How much of a turn of the event loop all requests of operators together take. */
const READ_MS = 2;

/** How often the counters are compared for rates, and the state of the server is published. */
const SAMPLE_MS = 1_000;

/** What operators read of a bus. */
export interface Observing {
  readonly overview: Overview;
  readonly sessions: ObservedSessions;
  readonly channels: ObservedChannels;
  readonly explainer: Explainer;
  /** From now on the state of the server is published while somebody is subscribed to it. */
  publish(read: () => ServerStatus): void;
  /** Nothing is published or sampled any more. */
  stop(): void;
}

/** What it reads beside the core. */
export interface ObservingParts {
  readonly log: OverviewLog;
  readonly known: KnownChannels;
  readonly native: ZeroMqSubscribers;
  /** What the log of the bus holds. */
  readonly entries: EntryLog;
  readonly endOfTurn: EndOfTurn;
}

export function openObserving(
  hub: Hub,
  { log, known, native, entries, endOfTurn }: ObservingParts,
): Observing {
  const slicer = new TimeSlicer(endOfTurn, READ_MS);
  const stats = new StatsChannel(hub);
  const overview = new Overview(hub, log, stats);
  let status: (() => ServerStatus) | undefined;
  const sampling = setInterval(() => {
    overview.sample();
    if (status) stats.publish(status);
  }, SAMPLE_MS);
  sampling.unref();
  return {
    overview,
    sessions: new ObservedSessions(hub, hub.journal, slicer),
    channels: new ObservedChannels(known, hub, native, slicer),
    explainer: new Explainer(hub, entries, slicer),
    publish(read) {
      status = read;
    },
    stop: () => clearInterval(sampling),
  };
}
