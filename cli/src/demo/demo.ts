import { randomUUID } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Bus, PutResult, View } from '@zerospan/client';
import { readSettings, StartError } from '@zerospan/server/settings';
import { startServer } from '@zerospan/server/standalone';
import { serverLog } from '../commands/serve.ts';
import { busUrl, connect } from '../connection/connect.ts';
import { EXIT } from '../terminal/failure.ts';
import { say, styled, type Terminal, writeData } from '../terminal/terminal.ts';
import { webSocketBot, zeromqBot } from './bots.ts';
import {
  BOTS,
  CHOICES,
  directChannels,
  GROUP,
  type Instruction,
  NATIVE_BOT,
  QUESTIONS,
  type Round,
  type Tally,
  tallyOf,
  type Vote,
  voteIn,
} from './story.ts';

export interface DemoOptions {
  /** A server that runs already; left out, the demo starts its own. */
  readonly url?: string;
  readonly ca?: string;
  readonly tokenFile?: string;
  readonly busAddress: string;
  readonly busIngress: string;
  /** 0: for ever. */
  readonly rounds: number;
  /** Longest time that a bot thinks. */
  readonly paceMs: number;
}

/** A vote is closed this long after the slowest bot can have voted, in ms. */
const PATIENCE_MS = 3_000;

/** Where the demo takes place. */
interface Place {
  readonly ws: string;
  readonly page: string;
  readonly busAddress: string;
  readonly busIngress: string | null;
  leave(): Promise<void>;
}

/** Who takes part beside the bots. */
interface Cast {
  /** Asks, and counts. */
  readonly chair: Bus;
  /** What everybody in the group sees. */
  readonly audience: View;
}

/**
 * A group asks twelve direct channels to vote; a bot on each answers there at its own pace, one of them through plain
 * ZeroMQ; an observer of the direct channels puts the running result on the group's channel; and again with the next
 * question.
 */
export async function demo(
  { rounds, ca, tokenFile, ...options }: DemoOptions,
  terminal: Terminal,
): Promise<number> {
  const place = await placeFor(options, terminal);
  const over = new AbortController();
  const signal = AbortSignal.any([terminal.interrupted, over.signal]);
  // Every bot listens for the end.
  setMaxListeners(0, signal);
  const buses: Bus[] = [];
  const open = async (): Promise<Bus> => {
    const bus = await connect({ url: place.ws, ca, tokenFile }, terminal);
    buses.push(bus);
    return bus;
  };
  try {
    await writeData(
      terminal,
      `Watch it in a browser: ${styled('bold', place.page, terminal.stdout, terminal.env)}\n`,
    );
    const cast = await assemble(place, open, options.paceMs, signal, terminal);
    const run = randomUUID().slice(0, 8);
    for (let round = 1; (rounds === 0 || round <= rounds) && !signal.aborted; round++) {
      await writeData(terminal, `Round ${round}${rounds === 0 ? '' : ` of ${rounds}`}: ${question(round)}`);
      await play({ run, round }, cast, options.paceMs, signal, terminal);
      if (round !== rounds) await sleep(Math.min(1_500, options.paceMs), undefined, { signal });
    }
    return EXIT.ok;
  } catch (error) {
    if (terminal.interrupted.aborted) return EXIT.ok;
    throw error;
  } finally {
    over.abort();
    await Promise.all(buses.map((bus) => bus.close({ timeoutMs: 0 })));
    await place.leave();
  }
}

async function placeFor(
  { url, busAddress, busIngress }: Pick<DemoOptions, 'url' | 'busAddress' | 'busIngress'>,
  terminal: Terminal,
): Promise<Place> {
  if (url !== undefined) {
    const ws = busUrl(url);
    const page = new URL('./', ws.replace(/^ws/, 'http')).href;
    return { ws, page, busAddress, busIngress, leave: async () => undefined };
  }
  const { settings } = readSettings({ env: terminal.env });
  try {
    const server = await startServer(settings, serverLog(terminal));
    return { ...server, page: server.url, leave: () => server.stop() };
  } catch (error) {
    if (error instanceof StartError && error.exitCode === EXIT.failed)
      say(
        terminal,
        'zerospan: if a server runs there already, use it: zerospan demo --url ws://127.0.0.1:8080/bus',
      );
    throw error;
  }
}

async function assemble(
  place: Place,
  open: () => Promise<Bus>,
  paceMs: number,
  signal: AbortSignal,
  terminal: Terminal,
): Promise<Cast> {
  const chair = await open();
  const audience = (await open()).view(GROUP, { signal });
  const bots = directChannels.map(async (_, i): Promise<boolean> => {
    const bot = { bot: i + 1, paceMs, signal, random: Math.random };
    if (bot.bot === NATIVE_BOT && place.busIngress !== null)
      return zeromqBot(place.busAddress, place.busIngress, bot);
    await webSocketBot(await open(), bot);
    return true;
  });
  const present = await Promise.all(bots);
  await audience.ready;
  if (present.includes(false)) {
    const addresses = `${place.busAddress} and ${place.busIngress}`;
    say(
      terminal,
      `zerospan: bot ${NATIVE_BOT} cannot reach ${addresses} through ZeroMQ; name the server's with --bus-address and --bus-ingress`,
    );
  }
  return { chair, audience };
}

async function play(
  round: Round,
  { chair, audience }: Cast,
  paceMs: number,
  signal: AbortSignal,
  terminal: Terminal,
): Promise<void> {
  const beganMs = performance.now();
  const asked = question(round.round);
  const instruction: Instruction = { instruction: 'vote', question: asked, choices: CHOICES, ...round };
  const poll = chair.poll(directChannels, instruction, {
    isAnswer: ({ message }) => voteIn(message, round) !== undefined,
    timeoutMs: paceMs + PATIENCE_MS,
    signal,
  });
  const show = (tally: Tally): Promise<PutResult> => chair.put(GROUP, tally);
  let tally = tallyOf(poll, asked, round, false);
  let shown = await show(tally);
  for await (const { message } of poll) {
    tally = tallyOf(poll, asked, round, false);
    await writeData(terminal, voteLine(message as Vote, tally, performance.now() - beganMs, terminal));
    shown = await show(tally);
  }
  void poll.close();
  if (!tally.final) {
    tally = tallyOf(poll, asked, round, true);
    shown = await show(tally);
  }
  await seen(audience, shown, signal);
  const { yes, no, waiting } = tally;
  const outcome = yes === no ? 'a draw' : yes > no ? 'yes' : 'no';
  const missing = waiting > 0 ? `, ${waiting} did not vote` : '';
  await writeData(
    terminal,
    `  ${styled('bold', `It is ${outcome}`, terminal.stdout, terminal.env)}: ${yes} yes, ${no} no${missing}.\n`,
  );
}

/** Waits until the audience has what was put, or something newer; in another log, nothing older is left to wait for. */
function seen(audience: View, { epoch, channels }: PutResult, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(new Error('the demo is over', { cause: signal.reason }));
    const check = (): void => {
      const newest = audience.get(GROUP);
      const isThere = newest && (newest.epoch !== epoch || newest.offset >= (channels[0]?.offset ?? 0));
      if (!isThere) return;
      off();
      signal.removeEventListener('abort', abort);
      resolve();
    };
    const off = audience.subscribe(check);
    signal.addEventListener('abort', abort, { once: true });
    check();
  });
}

function question(round: number): string {
  return QUESTIONS[(round - 1) % QUESTIONS.length] as string;
}

function voteLine(
  { bot, vote }: Vote,
  { yes, no, waiting }: Tally,
  afterMs: number,
  { stdout, env }: Terminal,
): string {
  const dress = (choice: 'yes' | 'no', text: string): string =>
    styled(choice === 'yes' ? 'green' : 'red', text, stdout, env);
  const bar =
    dress('yes', '█'.repeat(yes)) +
    styled('dim', '·'.repeat(waiting), stdout, env) +
    dress('no', '█'.repeat(no));
  const seconds = `${(afterMs / 1_000).toFixed(1)} s`.padStart(7);
  const way = bot === NATIVE_BOT ? '  through ZeroMQ' : '';
  return `${seconds}  bot ${String(bot).padEnd(String(BOTS).length)}  ${dress(vote, vote.padEnd(3))}  ${bar}  ${yes} yes, ${no} no${way}`;
}
