/**
 * Fan-out: one channel to many sockets, server CPU for each frame received, beside a plain loop of `ws.send`.
 *
 *   npm run bench -- [--sockets 200] [--rate 5000] [--bytes 120] [--rounds 5] [--seconds 5]
 *
 * Rounds of the two are interleaved, because machines are noisy: only ratios within one run mean something.
 */
import { parseArgs } from 'node:util';
import { cpuMicroseconds } from './cpu.ts';
import { Part } from './processes.ts';

const { values } = parseArgs({
  options: {
    sockets: { type: 'string', default: '200' },
    rate: { type: 'string', default: '5000' },
    bytes: { type: 'string', default: '120' },
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '5' },
  },
});
const CHANNEL = 'room';
const WARM_UP_MS = 1_500;

interface Peer {
  readonly name: string;
  /** Starts it; answers where sockets and publishers go. */
  start(): Promise<{ part: Part; port: string; path: string; ingress: string; channel: string }>;
}

interface Row {
  readonly microseconds: number;
  readonly framesASecond: number;
  /** Frames received as a part of those due: messages sent × sockets. */
  readonly delivered: number;
}

const peers: Peer[] = [
  {
    name: 'zerospan',
    async start() {
      const part = Part.zerospan([
        'serve',
        '--json',
        '--port',
        '0',
        '--bus-address',
        'tcp://127.0.0.1:*',
        '--bus-ingress',
        'tcp://127.0.0.1:*',
      ]);
      const { url, busIngress } = await part.said<{ url: string; busIngress: string }>();
      return { part, port: new URL(url).port, path: '/bus', ingress: busIngress, channel: CHANNEL };
    },
  },
  {
    name: 'ws.send loop',
    async start() {
      const part = Part.script('ws-loop.ts');
      const { port, ingress } = await part.said<{ port: number; ingress: string }>();
      return { part, port: String(port), path: '/', ingress, channel: '' };
    },
  },
];

async function measure(peer: Peer): Promise<Row> {
  const { part, port, path, ingress, channel } = await peer.start();
  const load = Part.script('load.ts', ['127.0.0.1', port, path, values.sockets, channel]);
  await load.said();
  const publisher = Part.script('publish.ts', [ingress, CHANNEL, values.rate, values.bytes]);
  try {
    await publisher.said();
    await pause(WARM_UP_MS);
    await publisher.ask('count');
    await load.ask('count');
    const beforeUs = cpuMicroseconds(part.pid);
    const beforeMs = performance.now();
    await pause(Number(values.seconds) * 1_000);
    const { frames } = await load.ask<{ frames: number }>('count');
    const usedUs = cpuMicroseconds(part.pid) - beforeUs;
    const seconds = (performance.now() - beforeMs) / 1_000;
    const { sent } = await publisher.ask<{ sent: number }>('count');
    return {
      microseconds: usedUs / frames,
      framesASecond: frames / seconds,
      delivered: frames / (sent * Number(values.sockets)),
    };
  } finally {
    await Promise.all([publisher.end(), load.end(), part.end()]);
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? Number.NaN;
}

const rows = new Map(peers.map(({ name }) => [name, [] as Row[]]));
console.log(
  `1 channel to ${values.sockets} sockets, ${values.rate} messages/s of ${values.bytes} bytes, ${values.rounds} rounds of ${values.seconds} s`,
);
for (let round = 1; round <= Number(values.rounds); round++) {
  for (const peer of peers) {
    const row = await measure(peer);
    rows.get(peer.name)?.push(row);
    console.log(
      `round ${round}  ${peer.name.padEnd(14)} ${row.microseconds.toFixed(2)} µs a frame, ${Math.round(row.framesASecond)} frames/s, ${(row.delivered * 100).toFixed(1)} % of those due`,
    );
  }
}
const medians = peers.map(({ name }) => {
  const of = (rows.get(name) ?? []).map(({ microseconds }) => microseconds);
  console.log(
    `median   ${name.padEnd(14)} ${median(of).toFixed(2)} µs a frame (${Math.min(...of).toFixed(2)} to ${Math.max(...of).toFixed(2)})`,
  );
  return median(of);
});
console.log(
  `ratio    ${((medians[0] ?? Number.NaN) / (medians[1] ?? Number.NaN)).toFixed(3)} of the ws.send loop`,
);
