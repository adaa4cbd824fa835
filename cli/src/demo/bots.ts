import { setTimeout as sleep } from 'node:timers/promises';
import type { Bus } from '@zerospan/client';
import { Context, Publisher, Subscriber } from 'zeromq';
import { CHOICES, directChannel, type Instruction, instructionIn, type Vote } from './story.ts';

/** How long the ZeroMQ bot waits for its sockets to be connected, in ms; later it would miss the first question. */
const NATIVE_CONNECT_MS = 3_000;

interface BotOptions {
  readonly bot: number;
  /** Longest time to think, in ms. */
  readonly paceMs: number;
  readonly signal: AbortSignal;
  readonly random: () => number;
}

/** Thinks for a while, then votes; undefined when the demo ends before. */
async function decide(
  { run, round }: Instruction,
  { bot, paceMs, signal, random }: BotOptions,
): Promise<Vote | undefined> {
  try {
    await sleep(Math.floor((0.1 + 0.9 * random()) * paceMs), undefined, { signal });
  } catch {
    return undefined;
  }
  const vote = CHOICES[Math.floor(random() * CHOICES.length)] ?? 'yes';
  return { vote, bot, run, round };
}

/**
 * A bot with a bus of its own: it waits for instructions on its channel and answers there. Resolves when it listens.
 */
export async function webSocketBot(bus: Bus, options: BotOptions): Promise<void> {
  const channel = directChannel(options.bot);
  const own = bus.subscribe(channel, { signal: options.signal });
  own.on('publication', ({ message }) => {
    const instruction = instructionIn(message);
    if (instruction) void answer(instruction);
  });
  const answer = async (instruction: Instruction): Promise<void> => {
    const vote = await decide(instruction, options);
    // Not awaited: the bus reports a failure itself.
    if (vote) void bus.put(channel, vote);
  };
  await own.ready;
}

/**
 * The same as any ZeroMQ program would do it: one socket to hear, one to speak, frames of `channel SP JSON`.
 * Resolves to whether it is connected both ways; if it is not in time it goes on trying.
 */
export async function zeromqBot(
  busAddress: string,
  busIngress: string,
  options: BotOptions,
): Promise<boolean> {
  const { bot, signal } = options;
  const channel = directChannel(bot);
  const context = new Context({ blocky: false });
  const hears = new Subscriber({ context, linger: 0 });
  const speaks = new Publisher({ context, linger: 0 });
  const close = (): void => {
    hears.close();
    speaks.close();
  };
  signal.addEventListener('abort', close, { once: true });
  const connected = Promise.all([hears, speaks].map((socket) => handshake(socket)));
  // With the space, so that demo.direct.1 does not hear demo.direct.12.
  hears.subscribe(`${channel} `);
  hears.connect(busAddress);
  speaks.connect(busIngress);
  const listen = async (): Promise<void> => {
    for await (const [frame] of hears) {
      const text = String(frame);
      const instruction = instructionIn(JSON.parse(text.slice(text.indexOf(' ') + 1)));
      if (instruction) void answer(instruction);
    }
  };
  const answer = async (instruction: Instruction): Promise<void> => {
    const vote = await decide(instruction, options);
    if (vote && !speaks.closed) await speaks.send(`${channel} ${JSON.stringify(vote)}`);
  };
  void listen();
  const late = sleep(NATIVE_CONNECT_MS, false, { signal, ref: false }).catch(() => false);
  return Promise.race([connected.then(() => true), late]);
}

function handshake(socket: Subscriber | Publisher): Promise<void> {
  return new Promise((resolve) => socket.events.on('handshake', () => resolve()));
}
