/**
 * A publisher that is as fast as its receiver: it sends the same bytes again and again, made beforehand, and waits only
 * for the connection to take them. So the receiver is what is measured, and nothing is dropped: ZeroMQ and nats-server
 * stop reading when they are behind. The time stamps are all of the moment at which the process began. `start`, `stop`;
 * `count`: messages handed to the system since it was last asked.
 */
import { connect } from 'node:net';
import { channelsOf, Stamps } from 'zerospan/load';
import { nats, zmtp } from '../dialects/wires.ts';
import { answer, plan, say } from './part.ts';
import type { PublisherPlan } from './publisher.ts';

/** Some 80 KB at 120 bytes each: few enough calls that they cost next to nothing. */
const CHUNK_MESSAGES = 500;

/** The least that is sent before it begins again: it shall not all stay in the caches of the processor. */
const LEAST_MESSAGES = 20_000;

const { to, channel, payloadBytes } = plan<PublisherPlan>();
const wire = 'native' in to ? zmtp : nats;
const chunks = chunksOf(channelsOf(channel.name, channel.count), new Stamps(payloadBytes).stamped());
const { hostname, port } = 'native' in to ? new URL(to.native) : { hostname: '127.0.0.1', port: to.nats };
const socket = connect({ host: hostname, port: Number(port), noDelay: true });
let isReady = false;
let isRunning = false;
let next = 0;
let sent = 0;

/** Every channel equally often. */
function chunksOf(channels: readonly string[], payload: string): { bytes: Buffer; messages: number }[] {
  const messages = channels.map((name) => wire.message(name, payload));
  const rounds = Math.ceil(LEAST_MESSAGES / messages.length);
  const all = Array.from({ length: rounds }, () => messages).flat();
  return Array.from({ length: Math.ceil(all.length / CHUNK_MESSAGES) }, (_, i) => {
    const some = all.slice(i * CHUNK_MESSAGES, (i + 1) * CHUNK_MESSAGES);
    return { bytes: Buffer.concat(some), messages: some.length };
  });
}

function pump(): void {
  const chunk = chunks[next];
  if (!isRunning || !chunk) return;
  next = (next + 1) % chunks.length;
  // Not at once: as long as the system takes everything, no word from stdin would be heard.
  socket.write(chunk.bytes, () => {
    sent += chunk.messages;
    setImmediate(pump);
  });
}

/** A write or a read finds the connection gone. After `stop` that is the end of a round, and is not reported. */
function end(reason: string): void {
  if (isRunning) process.stderr.write(`flood: ${reason}\n`);
  process.exit(1);
}

let heardSoFar = '';
socket.on('data', (heard) => {
  const text = heard.toString('latin1');
  const reply = wire.reply(text);
  if (reply) socket.write(reply);
  if (isReady) return;
  heardSoFar += text;
  isReady = heardSoFar.includes(wire.readyWith);
  if (isReady) say({ ready: true });
});
socket.on('error', ({ message }) => end(message));
socket.on('close', () => end('who was flooded closed the connection'));
socket.write(wire.greeting);
answer({
  start() {
    isRunning = true;
    pump();
    return {};
  },
  stop() {
    isRunning = false;
    return {};
  },
  count() {
    const since = { sent };
    sent = 0;
    return since;
  },
});
