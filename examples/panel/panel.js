// Puts each line that is typed on all of these channels, and shows who has it:
//
//     node panel.js vote.ann vote.bob vote.eve

import { createInterface } from 'node:readline';
import { Bus } from '@zerospan/client';

/** How long to wait for receipts, in ms. A client that answers later still gets the instruction. */
const CONFIRM_MS = 2_000;

const PROMPT = 'instruction> ';

const channels = process.argv.slice(2);
if (channels.length === 0) throw new Error('Name the channels: node panel.js vote.ann vote.bob');

const bus = new Bus(process.env.BUS_URL ?? 'ws://127.0.0.1:8080/bus', { name: 'panel' });
process.stdout.write(PROMPT);
for await (const line of createInterface({ input: process.stdin })) {
  if (line.trim() !== '') await broadcast(line);
  process.stdout.write(PROMPT);
}
await bus.close();

/** @param {string} instruction */
async function broadcast(instruction) {
  try {
    const confirm = { timeoutMs: CONFIRM_MS, who: true };
    const receipt = await bus.put(channels, { instruction }, { confirm });
    for (const each of receipt.channels) console.log(`  ${each.channel.padEnd(20)} ${inWords(each)}`);
    if (receipt.more) console.log(`  and at least ${receipt.more} that are not named`);
  } catch (error) {
    // All or none: a put that is refused is on no channel.
    const { message, remedy } = /** @type {import('@zerospan/client').ZerospanError} */ (error);
    console.log(`  It was not sent: ${message} ${remedy}`);
  }
}

/** @param {import('@zerospan/client').PutChannel} receipt */
function inWords({ who, nativeSubscriptions }) {
  const { has = [], skipped = [], unanswered = [], absent = [] } = who ?? {};
  const words = [
    ...has.map(({ session, afterMs }) => `${nameOf(session)} has it (${afterMs} ms)`),
    ...unanswered.map(({ session }) => `${nameOf(session)} has not answered, and may yet get it`),
    ...skipped.map(({ session, reason }) => `${nameOf(session)} will not get it (${reason})`),
    ...absent.map((client) => `${nameOf(client)} is away, and gets it later`),
  ];
  if (nativeSubscriptions > 0) words.push(`${nativeSubscriptions} by ZeroMQ, which sends no receipts`);
  return words.length === 0 ? 'nobody listens' : words.join('; ');
}

/** @param {import('@zerospan/client').NamedSession} session */
function nameOf({ name, subject, ref }) {
  return name ?? subject ?? ref;
}
