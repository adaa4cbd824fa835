import type { Scenario } from '../scenario.ts';
import { putCase } from './put-case.ts';

const SUBSCRIBERS = 10;

export const put: Scenario = {
  name: 'put',
  title:
    'WebSocket to WebSocket: 10 sockets put 2,000/s in all on one channel, 10 subscribe; CPU for each put',
  cases: [
    putCase({
      name: '10 put, 10 subscribe, 2,000/s',
      contenders: ['zerospan', 'ws.send loop', 'Socket.IO'],
      putters: 10,
      sockets: SUBSCRIBERS,
      shared: ['room'],
      own: { name: '', count: 0 },
      channel: { name: 'room', count: 0 },
      rate: 2_000,
      payloadBytes: 120,
      deliveries: SUBSCRIBERS,
      cpuPer: 'put',
    }),
  ],
};
