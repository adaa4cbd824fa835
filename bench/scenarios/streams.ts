import type { Scenario } from '../scenario.ts';
import { type Stream, streamCase } from './stream.ts';

const PAYLOAD_BYTES = 120;
const ROOM = { name: 'room', count: 0 };
const NONE = { name: '', count: 0 };
const RELAYS = ['zerospan', 'ws.send loop', 'Socket.IO', 'µWebSockets', 'nats-server'] as const;

/** One channel of 120-byte messages, sent to every socket. */
export function fanOut(sockets: number, rate: number): Stream {
  return {
    name: `${sockets.toLocaleString('en')} × ${rate.toLocaleString('en')}/s`,
    contenders: [...RELAYS, 'floor'],
    delivery: 'everything',
    sockets,
    shared: ['room'],
    own: NONE,
    channel: ROOM,
    rate,
    payloadBytes: PAYLOAD_BYTES,
  };
}

export const fanout: Scenario = {
  name: 'fan-out',
  title: 'one channel to many sockets',
  cases: [200, 1_000].flatMap((sockets) =>
    [1_000, 5_000, 20_000].map((rate) => streamCase(fanOut(sockets, rate))),
  ),
};

export const guarded: Scenario = {
  name: 'guarded',
  title: 'fan-out with authentication on, beside the same without',
  cases: [streamCase({ ...fanOut(200, 5_000), contenders: ['zerospan, guarded', 'zerospan'] })],
};

export const events: Scenario = {
  name: 'events',
  title: 'fan-out over Server-Sent Events, beside the same over WebSocket',
  cases: [streamCase({ ...fanOut(200, 1_000), contenders: ['zerospan, events', 'zerospan'] })],
};

export const direct: Scenario = {
  name: 'direct',
  title: '1,000 sockets, each its own channel, 20,000 messages/s in all',
  cases: [
    streamCase({
      name: '1,000 × own',
      contenders: RELAYS,
      delivery: 'by channel',
      sockets: 1_000,
      shared: [],
      own: { name: 'inbox', count: 1 },
      channel: { name: 'inbox', count: 1_000 },
      rate: 20_000,
      payloadBytes: PAYLOAD_BYTES,
    }),
  ],
};

export const rooms: Scenario = {
  name: 'rooms',
  title: '1,000 sockets, each on a common room and an inbox of its own, 2,000 room messages/s',
  cases: [
    streamCase({
      name: '1,000 × room and own',
      contenders: RELAYS,
      delivery: 'by channel',
      sockets: 1_000,
      shared: ['room'],
      own: { name: 'inbox', count: 1 },
      channel: ROOM,
      rate: 2_000,
      payloadBytes: PAYLOAD_BYTES,
    }),
  ],
};

export const scale: Scenario = {
  name: 'scale',
  title: '1,000 sockets, 10,000 messages/s over as many channels as there are subscriptions',
  cases: [1, 10, 100].map((count) =>
    streamCase({
      name: `${(1_000 * count).toLocaleString('en')} subscriptions`,
      contenders: ['zerospan'],
      delivery: 'by channel',
      sockets: 1_000,
      shared: [],
      own: { name: 'topic', count },
      channel: { name: 'topic', count: 1_000 * count },
      rate: 10_000,
      payloadBytes: PAYLOAD_BYTES,
    }),
  ),
};

export const latency: Scenario = {
  name: 'latency',
  title: '100 sockets at 100 messages/s: nothing is busy',
  cases: [streamCase({ ...fanOut(100, 100), contenders: RELAYS })],
};
