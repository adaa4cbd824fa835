// Asks all of these channels, and shows what each of them answers:
//
//     node ask.js 'Lunch?' vote.ann vote.bob vote.eve

import { randomUUID } from 'node:crypto';
import { Bus } from '@zerospan/client';

const [question, ...channels] = process.argv.slice(2);
if (channels.length === 0) throw new Error("Name a question and the channels: node ask.js 'Lunch?' vote.ann");

/** @typedef {{ id: string, question?: string | undefined, options?: string[], choice?: string }} Said */
/** @type {Bus<Record<string, Said>>} */
const bus = new Bus(process.env.BUS_URL ?? 'ws://127.0.0.1:8080/bus', { name: 'chair' });

const id = randomUUID();
const poll = bus.poll(
  channels,
  { id, question, options: ['yes', 'no'] },
  // The id keeps a late answer to the question before from counting for this one.
  { isAnswer: ({ message }) => message.id === id && message.choice !== undefined, timeoutMs: 5_000 },
);

for await (const { channel, message } of poll) console.log(`${channel}: ${message.choice}`);

for (const [choice, votes] of poll.tally(({ message }) => message.choice ?? ''))
  console.log(`${votes} ${choice}`);
if (poll.missing.length > 0) console.log(`no answer: ${poll.missing.join(', ')}`);
if (poll.unknown.length > 0) console.log(`not known: ${poll.unknown.join(', ')}`);
await bus.close();
