import type { Scenario } from '../scenario.ts';
import { broadcast } from './broadcast.ts';
import { disk } from './disk.ts';
import { idle } from './idle.ts';
import { ingest } from './ingest.ts';
import { observer } from './observer.ts';
import { put } from './put.ts';
import { storm } from './storm.ts';
import { direct, events, fanout, guarded, latency, rooms, scale } from './streams.ts';

/** All scenarios, in the order in which they are run. */
export const SCENARIOS: readonly Scenario[] = [
  fanout,
  guarded,
  events,
  direct,
  rooms,
  broadcast,
  put,
  observer,
  ingest,
  disk,
  scale,
  latency,
  idle,
  storm,
];
