import { offsetsOf } from '../log/frame.ts';
import { lostOf } from './gaps.ts';
import { STEP } from './step.ts';
import { type Means, writeAll } from './step-context.ts';
import type { Subscription } from './subscription.ts';

/**
 * Reads once for the replay of one subscription, and writes what came, announced as its own.
 * @param done called in that same turn, with the offset that the replay has reached
 * @returns how much of the log was looked at, in entries
 */
export async function stepReplay(
  subscription: Subscription,
  means: Means,
  done: (reached: number) => void,
): Promise<number> {
  const { bus, outlet, reader } = means;
  const { id, filter, replay } = subscription;
  if (!replay) return 0;
  if (replay.fromMs !== undefined) {
    await reader.ask(bus.log.offsetBefore(replay.fromMs), (from) => {
      replay.cursor = Math.min(replay.cursor, from);
      replay.fromMs = undefined;
    });
    // What did not fit is asked again at the next step, if there is one.
    if (replay.fromMs !== undefined || subscription.replay !== replay || !outlet.hasRoom) return 0;
  }
  const { cursor } = replay;
  const { begins } = subscription;
  // What lies above `asOf` is wanted whole, so from there on the tail can answer.
  const last = replay.last && cursor < replay.last.asOf ? replay.last : undefined;
  // What was left out before its client was cut off is left out again: given now, it would not have been missing.
  const onlyNewest = replay.resumes === true && subscription.onlyNewest;
  const wants = [{ filter, after: cursor, toldUpTo: subscription.toldUpTo, onlyNewest }];
  return reader.read({ after: cursor, wants, last, ...STEP }, (chunk) => {
    if (subscription.replay !== replay) return;
    if (cursor < begins) {
      // It may not be given this any more (W8): what is found there is lost to it.
      const isLost = chunk.losses.length > 0 || (chunk.entries[0]?.offset ?? begins + 1) <= begins;
      if (isLost) outlet.tell([{ id, from: cursor + 1, to: begins, missed: null }], 'retention');
      replay.cursor = isLost ? begins : Math.min(chunk.upTo, begins);
      means.witnesses?.passed(cursor, replay.cursor, [], [subscription]);
      done(replay.cursor);
      return;
    }
    const above = Math.max(cursor, last?.asOf ?? 0);
    outlet.tell(
      chunk.losses.map((loss) => lostOf({ ...loss, want: subscription }, above)),
      'retention',
    );
    const announce = (count: number): void => outlet.control({ replay: { subscription: id, count } });
    writeAll(chunk, outlet, () => id, announce);
    // Puts from before it subscribed are not its to answer for: another subscription wanted them.
    means.witnesses?.passed(cursor, chunk.upTo, offsetsOf(chunk.entries), [subscription]);
    replay.cursor = chunk.upTo;
    done(replay.cursor);
  });
}
