import type { Scenario } from '../scenario.ts';
import { ingestCase } from './ingest.ts';
import { putCase } from './put-case.ts';
import { streamCase } from './stream.ts';
import { fanOut } from './streams.ts';

/** The log in memory, and on disk as it comes and with a sync once a second. */
const KINDS = ['zerospan', 'zerospan, disk', 'zerospan, disk, interval'] as const;

const ONE = { name: 'topic', count: 0 };
const MANY = { name: 'topic', count: 1_000 };

export const disk: Scenario = {
  name: 'disk',
  title: 'what a log on disk costs, beside the same in memory',
  cases: [
    ingestCase('ingest 120 B', ONE, KINDS),
    ingestCase('ingest 120 B, 1,000 channels', MANY, KINDS),
    ingestCase('ingest 1 KB', ONE, KINDS, 1_024),
    streamCase({ ...fanOut(200, 5_000), contenders: KINDS }),
    streamCase({ ...fanOut(10, 5_000), contenders: KINDS }),
    putCase({
      name: '10 put, 10 subscribe, 1,000/s',
      contenders: KINDS,
      putters: 10,
      sockets: 10,
      shared: ['room'],
      own: { name: '', count: 0 },
      channel: { name: 'room', count: 0 },
      rate: 1_000,
      payloadBytes: 120,
      deliveries: 10,
      cpuPer: 'put',
    }),
  ],
};
