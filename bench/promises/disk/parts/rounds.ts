/**
 * A ZeroMQ publisher that sends to many channels in turn, as fast as its receiver takes it, and then ends: unlike
 * `bench/parts/flood` it knows how much that was. `send <rounds>`: as many messages to each channel; answers when the
 * system has taken all of them.
 */
import { once } from 'node:events';
import { connect } from 'node:net';
import { Stamps } from 'zerospan/load';
import { zmtp } from '../../../dialects/wires.ts';
import { answer, plan, say } from '../../../parts/part.ts';

export interface RoundsPlan {
  /** `bus.ingress` of the server. */
  readonly address: string;
  readonly channels: readonly string[];
  readonly payloadBytes: number;
}

const { address, channels, payloadBytes } = plan<RoundsPlan>();
const { hostname, port } = new URL(address);
const socket = connect({ host: hostname, port: Number(port), noDelay: true });
const payload = new Stamps(payloadBytes).stamped();
const round = Buffer.concat(channels.map((channel) => zmtp.message(channel, payload)));
let heard = '';

answer({
  async send(rounds = 0) {
    for (let i = 0; i < rounds; i++) if (!socket.write(round)) await once(socket, 'drain');
    return { sent: rounds * channels.length };
  },
});
socket.on('data', (data) => {
  if (heard.includes(zmtp.readyWith)) return;
  heard += data.toString('latin1');
  if (heard.includes(zmtp.readyWith)) say({ ready: true });
});
// What was sent would be less than what is answered.
for (const event of ['error', 'close'])
  socket.on(event, () => {
    process.stderr.write('rounds: the connection is gone\n');
    process.exit(1);
  });
socket.write(zmtp.greeting);
