import type { FilterSet, ZerospanError } from '@zerospan/shared';
import { type Lost, lostOf } from '../gaps.ts';
import type { Subscription } from '../subscription.ts';
import type { Asked } from './log-reads.ts';
import { entriesBetween, LostSearch } from './lost-search.ts';
import { offsetsOf, stepFor } from './step.ts';
import { type StepContext, writeAll } from './step-context.ts';

/** A session that is not at the head: it reads the log from its own cursor when its link has room. */
export interface Behind {
  readonly kind: 'behind';
  cursor: number;
  /** What its client takes as its position, by what was written: the cursor has passed what does not match. */
  position: number;
  /** Why it would miss what the log has dropped: it was away, or it reads too slowly. */
  readonly reason: 'retention' | 'lag';
  /** The newest that reads found lost. */
  lostUpTo: number;
  /** Subscriptions that end because it fell behind, at its next step, each with why. */
  ending: ReadonlyMap<Subscription, ZerospanError> | undefined;
  /** How many reads running found that the log had overtaken the cursor. */
  overtaken: number;
  /** Where the cursor skips to, once it is known who loses something by that. */
  skipTo: number | undefined;
  /** Who would lose something, as far as it has been searched. */
  search: LostSearch | undefined;
  /** From here the session reads by itself: of what it would share, something was lost. */
  aloneAt: number | undefined;
}

/**
 * Where a session stands. Live: its cursor is its cohort's, and fan-out writes to it. Behind: it reads the log from
 * its own cursor when its link has room, until it is at the head again.
 */
export type Standing = { readonly kind: 'live' } | Behind | { readonly kind: 'closed' };

/** One for all sessions that are live. */
export const LIVE: Standing = { kind: 'live' };

export function behind(
  cursor: number,
  reason: Behind['reason'],
  ending?: ReadonlyMap<Subscription, ZerospanError>,
): Behind {
  const [skipTo, search, aloneAt] = [undefined, undefined, undefined];
  return {
    kind: 'behind',
    cursor,
    position: cursor,
    reason,
    lostUpTo: 0,
    ending,
    overtaken: 0,
    skipTo,
    search,
    aloneAt,
  };
}

/**
 * Reads once for a session's live subscriptions, writes what came, and moves the cursor on.
 * @param filters of all of them together, the very object that its crowd has; undefined: it reads by itself
 * @param done called in that same turn
 */
export function stepBehind(
  standing: Behind,
  interests: readonly Subscription[],
  filters: FilterSet | undefined,
  context: StepContext,
  done: () => void,
): Asked | 'waits' {
  const { cursor } = standing;
  const withheld = interests.filter(({ begins }) => begins > cursor);
  if (withheld.length > 0) return withhold(standing, withheld, interests, context);
  if (standing.skipTo !== undefined) return skipAhead(standing, standing.skipTo, interests, context, done);
  // All that the filters let through is due to it, as it is to others that are there.
  const isPlain = filters && interests.every((interest) => interest.takesAllAbove(cursor));
  if (!isPlain || standing.aloneAt === cursor) return stepAlone(standing, interests, context, done);
  const asked = stepShared(standing, interests, filters, context, done);
  if (asked !== 'alone') return asked;
  standing.aloneAt = cursor;
  return stepAlone(standing, interests, context, done);
}

/** Answers `alone`, and has done nothing, if the session must read by itself. */
function stepShared(
  standing: Behind,
  interests: readonly Subscription[],
  filters: FilterSet,
  { writer, reader, witnesses }: StepContext,
  done: () => void,
): Asked | 'alone' | 'waits' {
  const { cursor } = standing;
  return reader.share(filters, cursor, ({ offsets, upTo, encoded, textBytes }) => {
    standing.overtaken = 0;
    if (offsets.length > 0) writer.writeEncoded(encoded, textBytes);
    witnesses?.passed(cursor, upTo, offsets, interests, standing.reason);
    standing.position = offsets.at(-1) ?? standing.position;
    standing.cursor = upTo;
    done();
  });
}

function stepAlone(
  standing: Behind,
  interests: readonly Subscription[],
  context: StepContext,
  done: () => void,
): Asked {
  const { bus, writer, reader } = context;
  const { cursor } = standing;
  return reader.read({ after: cursor, interests, ...stepFor(interests.length) }, (chunk) => {
    // A loss below what was lost before is a last publication that had been kept: skipping would gain nothing by it.
    const lostUpTo = chunk.losses.reduce((most, { to }) => Math.max(most, to), standing.lostUpTo);
    standing.overtaken = lostUpTo > standing.lostUpTo ? standing.overtaken + 1 : 0;
    standing.lostUpTo = lostUpTo;
    if (standing.overtaken > 1) {
      const { head } = bus.fanout;
      const halfWay = cursor + Math.ceil((head - cursor) / 2);
      // Not short of where the log begins, or a loss would lie beyond what the gap reports.
      standing.skipTo = Math.max(halfWay, Math.min(bus.log.droppedUpTo, head));
      return;
    }
    writer.reportGaps(
      chunk.losses.map((loss) => lostOf(loss, Math.max(cursor, loss.interest.after))),
      standing.reason,
      'dropped',
    );
    context.writer.givenWithin(chunk.entries, reportedTo(interests));
    writeAll(chunk, writer, ({ id }) => id);
    const { entries, skips } = chunk;
    context.witnesses?.passed(cursor, chunk.upTo, offsetsOf(entries), interests, standing.reason, skips);
    standing.position = chunk.entries.at(-1)?.offset ?? standing.position;
    standing.cursor = chunk.upTo;
    done();
  });
}

/**
 * The log overtook the cursor twice running: going on from its oldest entry would report one gap after another, so the
 * cursor goes half the way to the head, and one gap reports that to the subscriptions that lose something by it.
 */
function skipAhead(
  standing: Behind,
  to: number,
  interests: readonly Subscription[],
  context: StepContext,
  done: () => void,
): Asked {
  const { cursor } = standing;
  return searchLost(standing, interests, to, context, (lost) => {
    context.writer.reportGaps(lost, 'lag', 'passed');
    context.witnesses?.passed(cursor, to, [], interests, 'lag');
    standing.cursor = to;
    standing.overtaken = 0;
    standing.skipTo = undefined;
    done();
  });
}

/** Begins some subscriptions at a later place (W8), and reports a gap to those that lose something by that. */
function withhold(
  standing: Behind,
  withheld: readonly Subscription[],
  interests: readonly Subscription[],
  context: StepContext,
): Asked {
  const { cursor } = standing;
  const to = withheld.reduce((most, { begins }) => Math.max(most, begins), 0);
  return searchLost(standing, withheld, to, context, (lost) => {
    context.writer.reportGaps(lost, 'retention', 'passed');
    const gone = withheld.map(({ filter, after }) => ({ filter, after }));
    context.noted(withheld, 'withheld');
    for (const subscription of withheld) subscription.beginAt(to);
    context.witnesses?.dropped(gone, cursor, interests, 'retention');
  });
}

/** The highest offset up to which losses of any of these have been reported. */
function reportedTo(interests: readonly Subscription[]): number {
  return interests.reduce((most, { reportedUpTo }) => Math.max(most, reportedUpTo), 0);
}

/** One step of finding who would lose something up to a place. @param use called when that is known */
function searchLost(
  standing: Behind,
  interests: readonly Subscription[],
  to: number,
  { bus, reader }: StepContext,
  use: (lost: readonly Lost[]) => void,
): Asked {
  const { cursor } = standing;
  standing.search ??= new LostSearch(interests, cursor, to, entriesBetween(bus.log, cursor, to));
  const { search } = standing;
  return reader.ask(
    (log) => search.step(log),
    () => {
      if (!search.isDone) return;
      standing.search = undefined;
      use(search.lost);
    },
  );
}
