/**
 * A ZeroMQ publisher that connects and sends at a steady rate.
 * Arguments: address, channel, messages a second, payload bytes. Says {"ready":true} once it sends; stdin `count` answers {"sent":…} since the last time.
 */
import { createInterface } from 'node:readline';
import { Publisher } from 'zeromq';

const [address = '', channel = 'room', rate = '5000', payloadBytes = '120'] = process.argv.slice(2);
const socket = new Publisher({ sendHighWaterMark: 100_000, linger: 0, sendTimeout: 0 });
socket.connect(address);

let sent = 0;
let due = 0;
let before = performance.now();

/** As many as are due by the clock: a late timer sends more, so the rate holds. */
function tick(): void {
  const now = performance.now();
  due += ((now - before) / 1_000) * Number(rate);
  before = now;
  for (; due >= 1; due--) {
    const head = `{"n":${sent++},"at":${Date.now()},"pad":"`;
    void socket.send(
      `${channel} ${head}${'x'.repeat(Math.max(0, Number(payloadBytes) - head.length - 2))}"}`,
    );
  }
  setTimeout(tick, 1);
}

tick();
process.stdout.write('{"ready":true}\n');
createInterface({ input: process.stdin }).on('line', () => {
  process.stdout.write(`${JSON.stringify({ sent })}\n`);
  sent = 0;
});
process.on('SIGTERM', () => process.exit(0));
