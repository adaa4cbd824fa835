import { GivenOffsets } from '../journal/given-offsets.ts';
import type { Chunk, Entry, Loss } from '../log/log.ts';
import type { Asked } from './behind/log-reads.ts';
import { offsetsOf, STEP } from './behind/step.ts';
import { type StepContext, writeAll } from './behind/step-context.ts';
import { lostOf } from './gaps.ts';
import type { Replay, Subscription } from './subscription.ts';

/**
 * Reads once for the replay of one subscription, and writes what came, announced as its own.
 * @param done called in that same turn, with the offset that the replay has reached
 * @param scanned called with how much of the log was scanned, in entries, before anything is written
 */
export function stepReplay(
  subscription: Subscription,
  context: StepContext,
  done: (reached: number) => void,
  scanned: (entries: number) => void,
): Asked {
  const { writer, reader } = context;
  const { id, replay } = subscription;
  if (!replay) return undefined;
  const { fromMs } = replay;
  if (fromMs !== undefined) {
    // It is read from there at the next step; what does not fit when it comes is asked again.
    return reader.ask(
      (log) => log.offsetBefore(fromMs),
      (from) => {
        replay.cursor = Math.min(replay.cursor, from);
        replay.from = replay.cursor;
        replay.fromMs = undefined;
      },
    );
  }
  const { cursor } = replay;
  const { begins } = subscription;
  // Everything above `asOf` is due, so from there on the tail can answer.
  const last = replay.last && cursor < replay.last.asOf ? replay.last : undefined;
  const interests = [subscription.interestOf(replay)];
  const use = (chunk: Chunk): void => {
    if (subscription.replay !== replay) return;
    if (chunk.mayLackLast !== undefined) replay.mayLackLast = chunk.mayLackLast;
    if (cursor < begins) {
      // It may not be given this any more (W8): what is found there is lost to it.
      const isLost = chunk.losses.length > 0 || (chunk.entries[0]?.offset ?? begins + 1) <= begins;
      if (isLost)
        writer.reportGaps([{ id, from: cursor + 1, to: begins, missed: null }], 'retention', 'passed');
      replay.cursor = isLost ? begins : Math.min(chunk.upTo, begins);
      context.witnesses?.passed(cursor, replay.cursor, [], [subscription], 'retention');
      done(replay.cursor);
      return;
    }
    // A loss is above `asOf`, unless nobody knows any more where the last n began.
    const above = ({ to }: Loss): number => (last && to > last.asOf ? Math.max(cursor, last.asOf) : cursor);
    writer.reportGaps(
      chunk.losses.map((loss) => lostOf({ ...loss, interest: subscription }, above(loss))),
      'retention',
      'dropped',
    );
    noteGiven(replay, chunk.entries, Math.max(last?.asOf ?? 0, subscription.reportedUpTo));
    const announce = (count: number): void => writer.control({ replay: { subscription: id, count } });
    writeAll(chunk, writer, () => id, announce);
    // Puts from before it subscribed are not its to answer for: they matched another subscription.
    const { entries, skips } = chunk;
    context.witnesses?.passed(cursor, chunk.upTo, offsetsOf(entries), [subscription], 'retention', skips);
    replay.cursor = chunk.upTo;
    done(replay.cursor);
  };
  return reader.read({ after: cursor, interests, last, ...STEP }, use, scanned);
}

/** No rule says which of these were given: the last n, and what the log still held within a gap. */
function noteGiven(replay: Replay, entries: readonly Entry[], upTo: number): void {
  if ((entries[0]?.offset ?? upTo + 1) > upTo) return;
  replay.given ??= new GivenOffsets();
  replay.given.add(entries, upTo);
}
