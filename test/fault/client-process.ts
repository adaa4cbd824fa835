// A real client: one bus, several subscribers, and puts.
import { Bus, ZerospanError } from '@zerospan/client';
import { Random } from '../support/random.ts';
import { CHANNELS } from './channels.ts';
import { messageOf } from './message.ts';
import { tappedSocket } from './tapped-socket.ts';
import { TraceWriter } from './trace.ts';
import { Asked, type Style, TracedSubscriber, type Wish } from './traced-subscriber.ts';
import { type Tuning, tune } from './tuning.ts';

export interface ClientPlan {
  readonly name: string;
  readonly trace: string;
  readonly seed: number;
  readonly url: string;
  /** Puts a second. */
  readonly rate: number;
  readonly padBytes: number;
  readonly tuning: Tuning;
}

const plan = JSON.parse(process.argv[2] ?? '') as ClientPlan;
tune(plan.tuning);
const random = Random.of(plan.seed, plan.name);
const trace = new TraceWriter(plan.trace, { gathers: true });

const LISTENING: Style = { by: 'listening' };
const READING: Style = { by: 'reading', pauseMs: () => random.between(0, 12) };

/** A bus and its subscribers. */
class TracedBus {
  readonly bus: Bus;
  readonly #name: string;
  readonly #asked: Asked;

  constructor(name: string) {
    this.#name = name;
    this.#asked = new Asked(name, trace);
    this.bus = new Bus(plan.url, { WebSocket: tappedSocket(this.#asked) });
    this.bus.on('error', (error) => {
      // A connection that could not be made is what these runs are about; what the bus gave up on is not.
      if (error instanceof ZerospanError && error.code === 'rejected')
        trace.write({ t: 'fault', text: String(error) });
    });
  }

  subscriber(name: string, wish: Wish, style: Style = LISTENING): TracedSubscriber {
    return new TracedSubscriber(`${this.#name}/${name}`, this.bus, wish, style, trace, this.#asked);
  }
}

const main = new TracedBus(plan.name);
const { bus } = main;
const subscriber = main.subscriber.bind(main);
subscriber('exact', { filters: [random.one(CHANNELS), 'room1'] });
subscriber('prefix', { filters: [{ prefix: 'room1' }, { prefix: 'vote.' }] });
subscriber('all', { filters: '' });
subscriber('history', { filters: ['room1', 'vote.a'], replay: { last: 3 } });
subscriber('read', { filters: { prefix: 'vote.' } }, { by: 'reading', pauseMs: () => 0 });
subscriber('slow', { filters: '', queue: { publications: 40 } }, READING);

// On a bus of its own, because a subscription that wants everything has it sent to all of a session.
const lagging = new TracedBus(`${plan.name}-lagging`);
lagging.subscriber('latest', { filters: ['room1', 'vote.a', 'chat.é'], onLag: 'latest' });
lagging.subscriber('newest', { filters: { prefix: 'vote.' }, onLag: 'latest' });
let closes = 0;
let closing = lagging.subscriber('close0', { filters: ['solo', 'room10'], onLag: 'close' });

/** Asks for more and for less as it goes, all of it overlapping; then begins anew. */
class Changing {
  #made = 0;
  #steps: readonly ((subscriber: TracedSubscriber) => void)[] = [];
  #present: TracedSubscriber | undefined;

  turn(): void {
    const [step, ...others] = this.#steps;
    this.#steps = others;
    if (step && this.#present) step(this.#present);
    else this.#begin();
  }

  #begin(): void {
    this.#present?.close();
    this.#present = subscriber(`changing${this.#made++}`, { filters: ['room10'] });
    this.#steps = [
      (present) => present.add({ prefix: 'vote.' }),
      (present) => present.add(['vote.a', 'solo']),
      (present) => present.remove('solo'),
      (present) => present.add(['room1', '*weird']),
      () => {},
      () => {},
    ];
  }
}

/** Comes and goes, and asks for history each time: a seam of replay and live traffic each time. */
class Visitor {
  #visits = 0;
  #present: TracedSubscriber | undefined;

  turn(): void {
    this.#present?.close();
    this.#present = undefined;
    if (random.chance(0.2)) return;
    this.#visits++;
    const { position } = bus;
    const since = position && {
      epoch: position.epoch,
      offset: Math.max(position.offset - random.between(0, 80), 0),
    };
    const replay = since && random.chance(0.6) ? { since } : { last: random.between(1, 30) };
    const filters = random.one(['', { prefix: 'vote.' }, ['room1', 'chat.é']] as const);
    this.#present = subscriber(`visit${this.#visits}`, { filters, replay });
  }
}

const visitor = new Visitor();
const changing = new Changing();
changing.turn();
const turning = setInterval(() => {
  visitor.turn();
  if (random.chance(0.5)) changing.turn();
  if (closing.closed)
    closing = lagging.subscriber(`close${++closes}`, { filters: ['solo', 'room10'], onLag: 'close' });
}, 700);

let count = 0;
const PRODUCER = `put:${plan.name}`;

function put(channels: readonly string[]): Promise<void> {
  count++;
  const n = count;
  const message = messageOf(PRODUCER, n, 'x'.repeat(random.between(0, plan.padBytes)));
  trace.write({ t: 'put', p: PRODUCER, n, c: channels });
  const confirm = random.chance(0.1) ? { confirm: { timeoutMs: random.between(500, 5_000) } } : {};
  return bus.put(channels, message, confirm).then(
    ({ epoch, channels: answers }) =>
      trace.write({ t: 'accepted', p: PRODUCER, n, e: epoch, o: answers.map(({ offset }) => offset) }),
    (error: unknown) => {
      const code = error instanceof ZerospanError ? error.code : String(error);
      trace.write({ t: 'refused', p: PRODUCER, n, code });
    },
  );
}

const TICK_MS = 20;
let owed = 0;
const putting = setInterval(() => {
  owed = Math.min(owed + (plan.rate * TICK_MS) / 1_000, plan.rate);
  for (; owed >= 1; owed--) void put(random.some(random.between(1, 3), CHANNELS));
}, TICK_MS);

const ON: Record<string, () => void> = {
  stop: () => {
    clearInterval(putting);
    clearInterval(turning);
  },
  // So that everybody's last publication comes after every gap; one that reads is told of a gap with the next
  // publication.
  finish: () =>
    void put(CHANNELS).then(() => {
      trace.flush();
      process.send?.({ finished: true });
    }),
  close: () => void Promise.all([bus.close(), lagging.bus.close()]).then(() => process.exit(0)),
};

process.on('message', (message) => ON[String(message)]?.());
process.on('disconnect', () => process.exit(0));
process.send?.({ ready: true });
