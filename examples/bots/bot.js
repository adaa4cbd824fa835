// Votes on every question that it is asked, on each of these channels:
//
//     node bot.js vote.ann vote.bob

import { setTimeout as sleep } from 'node:timers/promises';
import { Bus } from '@zerospan/client';

/** Longest time to think, in ms. */
const THINK_MS = 2_000;

const channels = process.argv.slice(2);
if (channels.length === 0) throw new Error('Name the channels of the bots: node bot.js vote.ann vote.bob');

const bus = new Bus(process.env.BUS_URL ?? 'ws://127.0.0.1:8080/bus', { name: 'bots' });
const asked = bus.subscribe(channels);
asked.on('publication', ({ channel, message }) => void vote(channel, message));
await asked.ready;
console.log(`${channels.join(', ')}: ready to vote`);

/** @param {string} channel @param {unknown} message */
async function vote(channel, message) {
  const { id, options } = /** @type {{ id?: string, options?: string[] }} */ (message ?? {});
  // No question: its own vote comes by on this channel, too.
  if (!Array.isArray(options)) return;
  await sleep(Math.random() * THINK_MS);
  const choice = options[Math.floor(Math.random() * options.length)];
  // Not awaited: the bus sends it again if the connection is lost, and reports a failure itself.
  void bus.put(channel, { id, choice });
  console.log(`${channel} votes ${choice}`);
}
