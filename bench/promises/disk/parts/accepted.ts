/**
 * A client that puts one after another. `put <count>`: how long each took from the put until it was accepted.
 * @see accepted.ts of the folder above, which takes turns with it
 */
import { Bus } from '@zerospan/client';
import { answer, plan, say } from '../../../parts/part.ts';
import { sharedMs } from '../../clock.ts';
import { type Histogram, Samples } from '../../samples.ts';

export interface AcceptedReport {
  readonly took: Histogram;
}

const { url, channel, bytes } = plan<{ url: string; channel: string; bytes: number }>();
const bus = new Bus(url);
const message = 'x'.repeat(bytes);

answer({
  async put(count = 0): Promise<AcceptedReport> {
    const took = new Samples();
    for (let i = 0; i < count; i++) {
      const beganMs = sharedMs();
      await bus.put(channel, message);
      took.add(sharedMs() - beganMs);
    }
    return { took: took.histogram() };
  },
});
// The first one waits for the connection.
await bus.put(channel, message);
say({ ready: true });
