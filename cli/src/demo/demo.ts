import { randomUUID } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Bus, PutResult, View } from '@zerospan/client';
import { connect } from '../connection/connect.ts';
import { EXIT } from '../terminal/failure.ts';
import { say, styled, type Terminal, writeData } from '../terminal/terminal.ts';
import { type BotOptions, webSocketBot, zeromqBot } from './bots.ts';
import { type Place, type PlaceOptions, placeFor } from './place.ts';
import {
  botOf,
  CHOICES,
  DIRECT,
  directChannels,
  GROUP,
  NATIVE_BOT,
  QUESTIONS,
  type Question,
  tallyOf,
  type Vote,
  voteIn,
} from './story.ts';
import { outcomeLine, voteLine } from './text.ts';

export interface DemoOptions extends PlaceOptions {
  readonly ca?: string;
  readonly tokenFile?: string;
  /** 0: for ever. */
  readonly rounds: number;
  /** Longest time that a bot thinks. */
  readonly paceMs: number;
}

/** A vote is closed this long after the slowest bot can have voted, in ms. */
const PATIENCE_MS = 3_000;

/**
 * A group asks twelve direct channels to vote; a bot on each answers there at its own pace, one of them through plain
 * ZeroMQ. The chair polls them, and puts the running result on the group's channel; and again with the next question.
 */
export async function demo(
  { rounds, paceMs, ca, tokenFile, ...options }: DemoOptions,
  terminal: Terminal,
): Promise<number> {
  const place = await placeFor(options, terminal);
  const over = new AbortController();
  const signal = AbortSignal.any([terminal.interrupted, over.signal]);
  // Every bot listens for the end.
  setMaxListeners(0, signal);
  const buses: Bus[] = [];
  const open = async (name: string): Promise<Bus> => {
    const bus = await connect({ url: place.ws, ca, tokenFile, name: `demo: ${name}` }, terminal);
    buses.push(bus);
    return bus;
  };
  try {
    const chair = await open('chair');
    const link = styled('bold', linkTo(place, chair), terminal.stdout, terminal.env);
    await writeData(terminal, `Watch it in a browser: ${link}\n`);
    const audience = (await open('audience')).view(GROUP, { signal });
    await Promise.all(
      directChannels.map((channel) => seat(channel, place, open, { paceMs, signal }, terminal)),
    );
    await audience.ready;
    for (let round = 1; (rounds === 0 || round <= rounds) && !signal.aborted; round++) {
      const question = QUESTIONS[(round - 1) % QUESTIONS.length] as string;
      await writeData(terminal, `Round ${round}${rounds === 0 ? '' : ` of ${rounds}`}: ${question}`);
      await play(question, chair, audience, { paceMs, signal }, terminal);
      if (round !== rounds) await sleep(Math.min(1_500, paceMs), undefined, { signal });
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

/** The votes in the console, from now on: of each bot its latest. */
function linkTo({ page }: Place, { position }: Bus): string {
  const at = position && `&at=${position.epoch}_${position.offset}`;
  return `${page}#/votes?p=${DIRECT}&keep=latest${at ?? ''}`;
}

/** Puts a bot on its channel. */
async function seat(
  channel: string,
  { busAddress, busIngress }: Place,
  open: (name: string) => Promise<Bus>,
  options: BotOptions,
  terminal: Terminal,
): Promise<void> {
  if (botOf(channel) !== NATIVE_BOT || busIngress === null)
    return webSocketBot(await open(`bot ${botOf(channel)}`), channel, options);
  if (await zeromqBot(busAddress, busIngress, channel, options)) return;
  say(
    terminal,
    `zerospan: bot ${NATIVE_BOT} cannot reach ${busAddress} and ${busIngress} through ZeroMQ; name the server's with --bus-address and --bus-ingress`,
  );
}

async function play(
  question: string,
  chair: Bus,
  audience: View,
  { paceMs, signal }: BotOptions,
  terminal: Terminal,
): Promise<void> {
  const beganMs = performance.now();
  const asked: Question = { id: randomUUID(), question, options: CHOICES };
  const poll = chair.poll(directChannels, asked, {
    isAnswer: ({ message }) => voteIn(message, asked) !== undefined,
    timeoutMs: paceMs + PATIENCE_MS,
    signal,
  });
  let shown = await chair.put(GROUP, tallyOf(poll, asked, false));
  for await (const { channel, message } of poll) {
    const tally = tallyOf(poll, asked, false);
    const afterMs = performance.now() - beganMs;
    await writeData(terminal, voteLine(channel, (message as Vote).choice, tally, afterMs, terminal));
    shown = await chair.put(GROUP, tally);
  }
  void poll.close();
  const result = tallyOf(poll, asked, true);
  if (result.waiting > 0) shown = await chair.put(GROUP, result);
  await seen(audience, shown);
  await writeData(terminal, outcomeLine(result, terminal));
}

/** Waits until the audience has what was put, or something newer; in another log, nothing older is left to wait for. */
function seen(audience: View, { epoch, channels: [put] }: PutResult): Promise<void> {
  return new Promise((resolve) => {
    const check = (): void => {
      const newest = audience.get(GROUP);
      const isThere = newest && (newest.epoch !== epoch || newest.offset >= (put?.offset ?? 0));
      if (!isThere && audience.state !== 'closed') return;
      off();
      resolve();
    };
    const off = audience.subscribe(check);
    check();
  });
}
