import assert from 'node:assert/strict';
import type { PutResult } from '../../../client/src/types.ts';
import { lets } from '../filters.ts';
import type { ModelPut } from './client.ts';
import { covers, same } from './same.ts';
import type { Line } from './server.ts';
import type { ModelSubscriber } from './subscriber.ts';
import type { World } from './world.ts';

/** Each put at most once, those accepted where their answer says, all or none. */
export function checkPuts(world: World): void {
  const { clients } = world;
  const ledger = world.ledger.filter(({ isOfBefore }) => !isOfBefore);
  for (const { puts } of clients) {
    for (const put of puts) {
      checkPut(put, ledger);
      if (put.result) checkCounts(world, put, put.result);
    }
    const accepted = puts.flatMap(({ result }) =>
      result ? [{ epoch: result.epoch, at: result.channels[0]?.offset ?? 0 }] : [],
    );
    for (const [i, { epoch, at }] of accepted.entries()) {
      const earlier = accepted.slice(0, i).filter((one) => one.epoch === epoch && one.at > at);
      same(earlier, [], `puts before the one at ${at}`);
    }
  }
}

function checkPut({ channels, text, result, code }: ModelPut, ledger: readonly Line[]): void {
  const lines = ledger.filter((line) => line.text === text);
  const where = lines.map(({ epoch, offset, channel, time }) => ({ epoch, offset, channel, time }));
  if (result) {
    const { epoch, time } = result;
    const reported = result.channels.map(({ channel, offset }) => ({ epoch, offset, channel, time }));
    same(
      reported.map(({ channel }) => channel),
      channels,
      `answer to put ${text}`,
    );
    same(where, reported, `put ${text}`);
    return;
  }
  if (code !== 'outcome-unknown' && code !== 'closed') assert.fail(`put ${text} was answered ${code}`);
  if (code === 'outcome-unknown' && lines.length > 0)
    same(
      lines.map(({ channel }) => channel),
      channels,
      `put ${text}`,
    );
  else same(where, [], `put ${text}, which was refused`);
}

/** The counts of receipts, against what the subscribers had by then. */
function checkCounts(
  { clients, ledger, edges }: World,
  { text, seen, again }: ModelPut,
  { channels, more }: PutResult,
): void {
  for (const { channel, sessions, confirmed, skipped, unanswered, who } of channels) {
    if (confirmed === undefined || skipped === undefined || unanswered === undefined) continue;
    edges.reached('confirmed', confirmed);
    edges.reached('confirmed skipped', skipped);
    edges.reached('confirmed unanswered', unanswered);
    const reported = `put ${text} on ${channel}: ${JSON.stringify({ sessions, confirmed, skipped, unanswered })}`;
    // Sent again, its answer counts the subscribers by then.
    if (!again && confirmed + skipped + unanswered !== sessions)
      assert.fail(`${reported} do not come to the same`);
    if (who && more === undefined)
      same(
        [who.has.length, who.skipped.length, who.unanswered.length],
        [confirmed, skipped, unanswered],
        `${reported}: its names`,
      );
    const line = ledger.find((one) => one.text === text && one.channel === channel);
    if (!line) assert.fail(`${reported}, which was not appended`);
    const receivers = clients.filter((client) =>
      client.subscribers.some((one) => mayHaveReceived(one, line, seen)),
    );
    if (confirmed > receivers.length) assert.fail(`${reported}, but only ${receivers.length} had it`);
    const missed = clients.filter((client) => client.subscribers.some((one) => mayHaveMissed(one, line)));
    if (skipped > missed.length) assert.fail(`${reported}, but only ${missed.length} were not given it`);
  }
}

/**
 * It was handed over or covered by a gap by then, or its queue dropped it. A subscriber that has removed the filter
 * counts as well.
 */
function mayHaveReceived(one: ModelSubscriber, line: Line, seen: ModelPut['seen']): boolean {
  const asked = one.asked.filter(({ set }) => lets(set, line.channel));
  if (asked.length === 0) return false;
  // The count is of those that match it when it is answered; one that began between counts as having had it.
  const cameLater = asked.some(({ start }) => start?.epoch === line.epoch && start.offset >= line.offset);
  if (hasChanged(one) || cameLater) return true;
  const handed = seen.get(one) ?? 0;
  return one.items.some((item, i) => {
    if (item.kind === 'gap') return covers(item.gap, line) && (item.gap.reason === 'queue' || i < handed);
    const { epoch, offset } = item.publication;
    return epoch === line.epoch && offset === line.offset && i < handed;
  });
}

function mayHaveMissed(one: ModelSubscriber, line: Line): boolean {
  if (!one.asked.some(({ set }) => lets(set, line.channel))) return false;
  const given = one.items.some(
    (item) =>
      item.kind === 'publication' &&
      item.publication.epoch === line.epoch &&
      item.publication.offset === line.offset,
  );
  // One that ends by lag where its client cannot hear of it is skipped there, and given what matches it when the client
  // is back.
  return hasChanged(one) || one.onLag === 'close' || one.asked.length > 1 || !given;
}

function hasChanged({ closedAt, asked }: ModelSubscriber): boolean {
  return closedAt !== undefined || asked.some(({ narrowed }) => narrowed.length > 0);
}
