// Puts each line that is typed on all of these channels, and shows who has it:
//
//     node panel.js vote.ann vote.bob vote.eve

import { createInterface } from 'node:readline';
import { Bus } from '@zerospan/client';

/** How long to wait for receipts, in ms. Who answers later still gets the instruction. */
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
    const receipt = await bus.put(channels, { instruction }, { confirm: { timeoutMs: CONFIRM_MS } });
    for (const each of receipt.channels) console.log(`  ${each.channel.padEnd(20)} ${inWords(each)}`);
  } catch (error) {
    // All or none: a put that is refused is on no channel.
    const { message, remedy } = /** @type {import('@zerospan/client').ZerospanError} */ (error);
    console.log(`  It was not sent: ${message} ${remedy}`);
  }
}

/** @param {import('@zerospan/client').PutChannel} receipt */
function inWords({ sessions, confirmed = 0, skipped = 0, unanswered = 0, nativeSubscriptions }) {
  if (sessions + nativeSubscriptions === 0) return 'nobody listens';
  const parts = [];
  if (sessions > 0) parts.push(`${confirmed} of ${sessions} have it`);
  if (unanswered > 0) parts.push(`${unanswered} did not answer within ${CONFIRM_MS / 1_000} s`);
  if (skipped > 0) parts.push(`${skipped} will not get it`);
  if (nativeSubscriptions > 0) parts.push(`${nativeSubscriptions} by ZeroMQ, which sends no receipts`);
  return parts.join(', ');
}
