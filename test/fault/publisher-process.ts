// Native publishers: one that connects to the server's ingress, one that binds and is the server's source.
import { Publisher } from 'zeromq';
import { Random } from '../support/random.ts';
import { CHANNELS } from './channels.ts';
import { messageOf } from './message.ts';
import { TraceWriter } from './trace.ts';

export interface PublisherPlan {
  readonly name: string;
  readonly trace: string;
  readonly seed: number;
  readonly connect: string;
  readonly bind: string;
  /** Messages a second of both together. */
  readonly rate: number;
  /** Longest padding of a message, in bytes. */
  readonly padBytes: number;
}

const plan = JSON.parse(process.argv[2] ?? '') as PublisherPlan;
const trace = new TraceWriter(plan.trace, { gathers: false });
const random = Random.of(plan.seed, plan.name);
const connecting = new Publisher({ linger: 0 });
connecting.connect(plan.connect);
const binding = new Publisher({ linger: 0 });
await binding.bind(plan.bind);

class Producer {
  readonly #socket: Publisher;
  readonly #name: string;
  #count = 0;

  constructor(socket: Publisher, name: string) {
    this.#socket = socket;
    this.#name = name;
  }

  async send(): Promise<void> {
    this.#count++;
    const message = messageOf(this.#name, this.#count, 'x'.repeat(random.between(0, plan.padBytes)));
    // Before it is sent: a publisher that is killed may have sent it.
    trace.write({ t: 'sent', p: this.#name, n: this.#count });
    await this.#socket.send(`${random.one(CHANNELS)} ${JSON.stringify(message)}`);
  }
}

const producers = [
  new Producer(connecting, `native:${plan.name}:connects`),
  new Producer(binding, `native:${plan.name}:binds`),
];
const TICK_MS = 20;
let owed = 0;
let busy = false;
const ticking = setInterval(() => {
  owed = Math.min(owed + (plan.rate * TICK_MS) / 1_000, plan.rate);
  if (!busy) void send();
}, TICK_MS);

async function send(): Promise<void> {
  busy = true;
  for (; owed >= 1; owed--) await random.one(producers).send();
  busy = false;
}

process.on('message', (message) => {
  if (message === 'stop') clearInterval(ticking);
});
process.on('disconnect', () => process.exit(0));
process.send?.({ ready: true });
