/** A native subscriber. `report`: how many messages it received, and the number of the last. */
import { Subscriber } from 'zeromq';
import { answer, plan, say } from '../../parts/part.ts';

const { address, channel } = plan<{ address: string; channel: string }>();
const socket = new Subscriber({ linger: 0, receiveHighWaterMark: 0 });
socket.subscribe(`${channel} `);
socket.connect(address);
let received = 0;
let last = 0;

answer({ report: () => ({ received, last }) });
say({ ready: true });
for await (const [frame] of socket) {
  const { n } = JSON.parse(String(frame).slice(channel.length + 1)) as { n: number };
  received++;
  last = n;
}
