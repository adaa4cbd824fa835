/** A real client that puts. `put <count> <everyMs>`: numbered on from the last; answers when all are answered. */
import { Bus } from '@zerospan/client';
import { answer, plan, say } from '../../parts/part.ts';
import { pause, sharedMs } from '../clock.ts';

export interface PutterReport {
  readonly accepted: number;
  readonly failed: number;
  /** Of those accepted. */
  readonly offsets: readonly number[];
}

const { url, channel } = plan<{ url: string; channel: string }>();
const bus = new Bus(url);
bus.on('error', () => undefined);
let n = 0;

answer({
  async put(count = 0, everyMs = 0): Promise<PutterReport> {
    const beganMs = sharedMs();
    const puts: Promise<number | undefined>[] = [];
    for (let i = 0; i < count; i++) {
      await pause(Math.max(beganMs + i * everyMs - sharedMs(), 0));
      const put = bus.put(channel, { n: ++n, at: sharedMs() });
      puts.push(put.then(({ channels: [about] }) => about?.offset).catch(() => undefined));
    }
    const offsets = (await Promise.all(puts)).filter((offset) => offset !== undefined);
    return { accepted: offsets.length, failed: count - offsets.length, offsets };
  },
});
say({ ready: true });
