/**
 * Raw clients with one channel of its own each, which resume from one position. `connect`: all of them at once.
 * `report`: what they were given so far, and when the last one had what it is due.
 */
import { answer, plan, say } from '../../../parts/part.ts';
import { sharedMs } from '../../clock.ts';
import { RawSubscriber } from '../../parts/raw-subscriber.ts';
import { Samples } from '../../samples.ts';

export interface ResumersPlan {
  readonly port: number;
  readonly resume: { readonly epoch: string; readonly offset: number };
  /** Of one client each. */
  readonly channels: readonly string[];
  readonly due: number;
}

export interface ResumersReport {
  /** Those that have exactly, and more than, what they are due. */
  readonly served: number;
  readonly overserved: number;
  readonly disordered: number;
  /** Gaps, and connections that were closed. */
  readonly troubles: number;
  /** By the shared clock: when the first began to connect, and when the last had all; null: not all have it. */
  readonly beganMs: number;
  readonly servedMs: number | null;
}

/** How often they are checked: small beside what it takes to serve them. */
const CHECK_MS = 5;
/** An ack is due this long after something came (A1), in ms. */
const ACK_MS = 250;

const { port, resume, channels, due } = plan<ResumersPlan>();
// The times in these payloads are none of publishing.
const unused = new Samples();
let all: RawSubscriber[] = [];
let beganMs = 0;
let servedMs: number | null = null;

function check(): void {
  if (servedMs === null && all.length > 0 && all.every(({ received }) => received >= due))
    servedMs = sharedMs();
}

answer({
  connect: () => {
    beganMs = sharedMs();
    all = channels.map((channel) => new RawSubscriber({ port, channel, resume }, unused));
    return {};
  },
  report: (): ResumersReport => ({
    served: all.filter(({ received }) => received === due).length,
    overserved: all.filter(({ received }) => received > due).length,
    disordered: all.reduce((sum, { disordered }) => sum + disordered, 0),
    troubles: all.reduce((sum, { gaps, state }) => sum + gaps + (state === 'closed' ? 1 : 0), 0),
    beganMs,
    servedMs,
  }),
});
setInterval(check, CHECK_MS);
setInterval(() => {
  for (const each of all) each.ack();
}, ACK_MS);
say({ ready: true });
