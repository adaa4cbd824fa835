/**
 * A client that puts with `confirm`. `confirm <timeoutMs>`: to all channels of the plan; answers the counts and how
 * long it took.
 */
import { Bus, type PutChannel } from '@zerospan/client';
import { answer, plan, say } from '../../parts/part.ts';
import { sharedMs } from '../clock.ts';

export interface ConfirmerReport {
  readonly tookMs: number;
  readonly channels: readonly PutChannel[];
}

const { url, channels } = plan<{ url: string; channels: string[] }>();
const bus = new Bus(url);

answer({
  async confirm(timeoutMs = 0): Promise<ConfirmerReport> {
    const beganMs = sharedMs();
    const result = await bus.put(channels, { at: beganMs }, { confirm: { timeoutMs } });
    return { tookMs: sharedMs() - beganMs, channels: result.channels };
  },
});
say({ ready: true });
