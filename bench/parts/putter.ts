/**
 * Sockets that put stamped messages over WebSockets, in turn, each put on all channels. `start <rate>` puts a second in
 * all, `stop`; `count`: what was put and answered since it was last asked.
 */
import {
  type Counts,
  type Dialogue,
  Histogram,
  LoadSocket,
  nowUs,
  Pace,
  pause,
  readBuffer,
  Stamps,
  Tally,
} from 'zerospan/load';
import { putDialectNamed } from '../dialects/putters.ts';
import { answer, plan, say } from './part.ts';

export interface PutterPlan {
  readonly url: string;
  /** See `dialects/putters.ts`. */
  readonly dialect: string;
  readonly sockets: number;
  /** Each put names all of them. */
  readonly channels: readonly string[];
  readonly payloadBytes: number;
}

export interface PutterReport {
  readonly sent: number;
  readonly answered: number;
  /** From a put to its answer, in µs. */
  readonly answerUs: Counts;
  /** The fewest channels that one answer named an offset for; null where answers name none. */
  readonly offsets: number | null;
  /** Sockets that have been closed, since the beginning. */
  readonly closed: number;
}

const { url, dialect: name, sockets, channels, payloadBytes } = plan<PutterPlan>();
const dialect = putDialectNamed(name);
const stamps = new Stamps(payloadBytes);
const tally = new Tally(stamps);
const buffer = readBuffer();
const answers = new Histogram();
let ready = 0;
let sent = 0;
let offsets: number | null = null;

/** Opens one socket; answers how it puts. */
function open(): () => void {
  /** When those were put that have no answer, in µs, the oldest first. */
  const unanswered: number[] = [];
  let put = (): void => undefined;
  const begin = (speak: (text: string) => void): Dialogue => {
    const putting = dialect.begin(speak, {
      ready: () => ready++,
      answered(named) {
        answers.add(nowUs() - (unanswered.shift() ?? Number.NaN));
        if (named !== undefined) offsets = Math.min(offsets ?? named, named);
      },
    });
    put = () => {
      sent++;
      unanswered.push(nowUs());
      putting.put(channels, stamps.stamped());
    };
    return putting;
  };
  const target = { url, dialect: { carrier: dialect.carrier, begin } };
  const failed = (reason: string): void => void process.stderr.write(`putter: ${reason}\n`);
  new LoadSocket(target, [], tally, buffer, () => undefined, failed);
  return () => put();
}

const all = Array.from({ length: sockets }, open);
let turn = 0;
const pace = new Pace(() => all[turn++ % all.length]?.());

answer({
  start(rate = 0) {
    pace.start(rate);
    return {};
  },
  stop() {
    pace.stop();
    return {};
  },
  count(): PutterReport {
    const received = { sent, answered: answers.count, answerUs: answers.counts(), offsets };
    sent = 0;
    offsets = null;
    answers.clear();
    return { ...received, closed: tally.closed };
  },
});
while (ready < sockets && tally.closed === 0) await pause(5);
if (tally.closed > 0) throw new Error(`${tally.closed} of ${sockets} sockets were closed`);
say({ ready });
