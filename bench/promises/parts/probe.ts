/**
 * A client that puts every few ms and looks how long its own publication takes to come. `report`: the delays of all
 * that was put since the last time, once all of it has come.
 */
import { Bus } from '@zerospan/client';
import { answer, plan, say } from '../../parts/part.ts';
import { pause, sharedMs } from '../clock.ts';
import { type Histogram, Samples } from '../samples.ts';

export interface ProbeReport {
  readonly delays: Histogram;
}

const { url, channel, everyMs } = plan<{ url: string; channel: string; everyMs: number }>();
const bus = new Bus(url);
const subscriber = bus.subscribe(channel);
const delays = new Samples();
let put = 0;
let come = 0;

subscriber.on('publication', ({ message }) => {
  come++;
  delays.add(sharedMs() - (message as { at: number }).at);
});
answer({
  async report(): Promise<ProbeReport> {
    const due = put;
    while (come < due) await pause(1);
    const histogram = delays.histogram();
    delays.clear();
    return { delays: histogram };
  },
});
await subscriber.ready;
setInterval(() => {
  put++;
  void bus.put(channel, { at: sharedMs() });
}, everyMs);
say({ ready: true });
