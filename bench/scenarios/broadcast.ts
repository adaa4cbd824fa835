import type { Scenario } from '../scenario.ts';
import { putCase } from './put-case.ts';

const CHANNELS = 1_000;

export const broadcast: Scenario = {
  name: 'broadcast put',
  title: 'one put to 1,000 channels, each with one socket, 10 puts/s',
  cases: [
    putCase({
      name: '1 put × 1,000 channels',
      contenders: ['zerospan', 'ws.send loop', 'Socket.IO'],
      putters: 1,
      sockets: CHANNELS,
      shared: [],
      own: { name: 'inbox', count: 1 },
      channel: { name: 'inbox', count: CHANNELS },
      rate: 10,
      payloadBytes: 120,
      deliveries: CHANNELS,
      cpuPer: 'delivery',
    }),
  ],
};
