/** Asks the log for all that it holds of a channel. `report`: the offset of the first publication that comes. */

import { answer, plan, say } from '../../parts/part.ts';
import { RawSession } from '../raw-session.ts';

const { port, channel, epoch } = plan<{ port: number; channel: string; epoch: string }>();
const first = new Promise<number>((resolve, reject) => {
  new RawSession(port, {
    opened: () => ({ epoch, subscriptions: [{ id: 1, channels: [channel], after: 0 }] }),
    control: () => undefined,
    publication: (data, at) => resolve(Number.parseInt(data.toString('latin1', at, at + 20), 10)),
    closed: (code) => reject(new Error(`closed with ${code}`)),
  });
});

answer({ report: async () => ({ offset: await first }) });
say({ ready: true });
