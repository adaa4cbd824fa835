import { spawnSync } from 'node:child_process';
import { expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { Serving } from '../browser/serving.ts';
import { Kept, testBus } from '../support/buses.ts';
import { PROGRAM } from '../support/program.ts';

const SILENCE_MS = 1_000;

/** A WebSocket over which the server's welcome names a silence that is over within a test's time. */
class Impatient extends WebSocket {
  constructor(url: string, protocol: string) {
    super(url, protocol, { perMessageDeflate: false });
  }

  override emit(event: string | symbol, ...args: unknown[]): boolean {
    const [data] = args;
    if (event !== 'message' || !Buffer.isBuffer(data)) return super.emit(event, ...args);
    const text = data.toString().replace(/"silenceMs":\d+/, `"silenceMs":${SILENCE_MS}`);
    return super.emit(event, Buffer.from(text), false);
  }
}

it('a program that is held up for longer than silence may last hears what came meanwhile, on the same connection (B5)', async () => {
  const server = await Serving.start();
  onTestFinished(() => server.stop());
  const url = new URL('bus', server.url.replace(/^http/, 'ws')).href;
  const bus = testBus(url, { WebSocket: Impatient });
  const states: string[] = [];
  const subscriber = bus.subscribe('room');
  const kept = new Kept(subscriber);
  await subscriber.ready;
  bus.on('state', (state) => states.push(state));
  // Meanwhile neither timers nor sockets are looked at; afterwards Node looks at timers first.
  const put = spawnSync(process.execPath, [PROGRAM, 'put', '--url', url, '-c', 'room', '"meanwhile"']);
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 3 * SILENCE_MS);
  expect(put.status).toBe(0);
  await kept.got('meanwhile');
  expect(states).toEqual([]);
});
