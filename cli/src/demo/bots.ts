import { setTimeout as sleep } from 'node:timers/promises';
import type { Bus } from '@zerospan/client';
import { Context, Publisher, Subscriber } from 'zeromq';
import { CHOICES, questionIn, type Vote } from './story.ts';

/** How long the ZeroMQ bot waits for its sockets to be connected, in ms; later it would miss the first question. */
const NATIVE_CONNECT_MS = 3_000;

export interface BotOptions {
  /** Longest time to think, in ms. */
  readonly paceMs: number;
  readonly signal: AbortSignal;
}

/** What a bot does with each message on its channel: it thinks about a question for a while, then votes. */
function voter({ paceMs, signal }: BotOptions, vote: (vote: Vote) => unknown): (message: unknown) => void {
  const think = async (id: string): Promise<void> => {
    await sleep(Math.floor((0.1 + 0.9 * Math.random()) * paceMs), undefined, { signal });
    await vote({ id, choice: CHOICES[Math.floor(Math.random() * CHOICES.length)] ?? 'yes' });
  };
  return (message) => {
    const asked = questionIn(message);
    // The demo may end before; a put that fails is reported by its bus.
    if (asked) think(asked.id).catch(() => {});
  };
}

/** A bot with a bus of its own: it is asked on its channel, and votes there. Resolves when it listens. */
export function webSocketBot(bus: Bus, channel: string, options: BotOptions): Promise<void> {
  const own = bus.subscribe(channel, { signal: options.signal });
  const hear = voter(options, (vote) => {
    // Not awaited: the bus reports a failure itself.
    void bus.put(channel, vote);
  });
  own.on('publication', ({ message }) => hear(message));
  return own.ready;
}

/**
 * The same as any ZeroMQ program would do it: one socket to hear, one to speak, frames of `channel SP JSON`.
 * Resolves to whether it is connected both ways; if it is not in time it goes on trying.
 */
export async function zeromqBot(
  busAddress: string,
  busIngress: string,
  channel: string,
  options: BotOptions,
): Promise<boolean> {
  const { signal } = options;
  const context = new Context({ blocky: false });
  const hears = new Subscriber({ context, linger: 0 });
  const speaks = new Publisher({ context, linger: 0 });
  const sockets = [hears, speaks];
  const close = (): void => {
    for (const socket of sockets) socket.close();
  };
  signal.addEventListener('abort', close, { once: true });
  const connected = Promise.all(sockets.map((socket) => handshake(socket)));
  // With the space, so that demo.direct.1 does not hear demo.direct.12.
  hears.subscribe(`${channel} `);
  hears.connect(busAddress);
  speaks.connect(busIngress);
  const hear = voter(options, (vote) => speaks.send(`${channel} ${JSON.stringify(vote)}`));
  const listen = async (): Promise<void> => {
    for await (const [frame] of hears) hear(JSON.parse(String(frame).slice(channel.length + 1)));
  };
  void listen();
  const late = sleep(NATIVE_CONNECT_MS, false, { signal, ref: false }).catch(() => false);
  return Promise.race([connected.then(() => true), late]);
}

function handshake(socket: Subscriber | Publisher): Promise<void> {
  return new Promise((resolve) => socket.events.on('handshake', () => resolve()));
}
