/**
 * A ZeroMQ publisher that connects. `send <count> <rate>`: sends `count` messages at a steady rate, numbered on from
 * the last; answers when all are sent.
 */
import { XPublisher } from 'zeromq';
import { answer, plan, say } from '../../parts/part.ts';
import { pause, sharedMs } from '../clock.ts';

const { address, channel, bytes } = plan<{ address: string; channel: string; bytes: number }>();
const socket = new XPublisher({ sendHighWaterMark: 100_000, linger: 0, sendTimeout: 0 });
socket.connect(address);
let n = 0;

answer({
  async send(count = 0, rate = 1) {
    const beganMs = sharedMs();
    for (let sent = 0; sent < count; ) {
      // As many as are due by the clock: a late timer sends more, so the rate holds.
      const dueNow = Math.min(((sharedMs() - beganMs) / 1_000) * rate, count);
      for (; sent < dueNow; sent++) {
        const head = `{"n":${++n},"at":${sharedMs().toFixed(2)},"pad":"`;
        await socket.send(`${channel} ${head}${'x'.repeat(Math.max(0, bytes - head.length - 2))}"}`);
      }
      await pause(1);
    }
    return { sent: count, tookMs: sharedMs() - beganMs };
  },
});
// What is sent before the server has subscribed would be dropped.
await socket.receive();
say({ ready: true });
