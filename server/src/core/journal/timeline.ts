import type { Requester } from '../access/requester.ts';
import type { Behind } from '../session/behind/behind.ts';
import { type NotedSession, type SessionBegin, spanOf } from '../session/notes.ts';
import type { AckMarks } from './ack-marks.ts';
import { type ClientHistory, earlierOf, laterOf, type Mark, NOWHERE } from './client-history.ts';
import type { GivenOffsets } from './given-offsets.ts';
import type { Journal } from './journal.ts';
import type { EndRecord, GapRecord, JournalRecord, RefusalRecord, Span } from './records.ts';

/** A session that is open. */
export interface OpenSession extends NotedSession {
  readonly requester: Requester;
  readonly behind: Pick<Behind, 'skipTo' | 'ending'> | undefined;
}

/** All that is known of one session. */
export interface Story {
  readonly session: string;
  /** Number of its epoch. */
  readonly era: number;
  readonly began: SessionBegin;
  /** undefined: it goes on. */
  readonly end: Pick<EndRecord, 'time' | 'head' | 'code'> | undefined;
  readonly isAcking: boolean;
  readonly marks: AckMarks | undefined;
  readonly spans: readonly Span[];
  readonly gaps: readonly GapRecord[];
  readonly refusals: readonly RefusalRecord[];
  readonly given: readonly GivenOffsets[];
  readonly behind: OpenSession['behind'];
}

/** All that is known of one client. */
export interface Timeline {
  /** The oldest first. */
  readonly stories: readonly Story[];
  /** Up to here nothing is certain: something may have been forgotten. */
  readonly forgotten: Mark;
  /** Whether it has a session open. */
  readonly isOpen: boolean;
  /** Whether anything is kept at all, and of a client that is away its last session is. */
  readonly isWhole: boolean;
  /** Whether its open session was refused something that was forgotten. */
  readonly hasForgottenRefusal: boolean;
}

/**
 * Puts together what the journal has of a client, and what its open sessions have.
 * @param history undefined: nothing was noted of it
 */
export function timelineOf(
  journal: Pick<Journal, 'forgotten' | 'eras' | 'isKept'>,
  history: ClientHistory | undefined,
  open: readonly OpenSession[],
): Timeline {
  const bySession = new Map<string, JournalRecord[]>();
  for (const record of history?.records ?? []) {
    const records = bySession.get(record.session);
    if (records) records.push(record);
    else bySession.set(record.session, [record]);
  }
  const stories: Story[] = [];
  for (const records of bySession.values()) {
    const end = records.find((record): record is EndRecord => record.kind === 'end');
    if (end) stories.push(endedStory(end, records));
  }
  for (const session of open)
    stories.push(
      openStory(session, journal.eras.now, bySession.get(session.requester.visitor.session) ?? []),
    );
  const isOpen = open.length > 0;
  const hasLast = isOpen || stories.some(({ session }) => session === history?.latest);
  return {
    stories,
    forgotten: forgottenOf(journal.forgotten, history, stories),
    isOpen,
    isWhole: journal.isKept && hasLast,
    hasForgottenRefusal: history?.hasForgottenRefusal ?? false,
  };
}

/** Before the first session that is known, there may have been others of which everything was forgotten. */
function forgottenOf(all: Mark, history: ClientHistory | undefined, [first]: readonly Story[]): Mark {
  const own = history?.forgotten ?? NOWHERE;
  if (!first) return laterOf(own, all);
  const { era, began } = first;
  return laterOf(own, earlierOf(all, { era, offset: began.beganAt, time: began.time }));
}

function endedStory(end: EndRecord, records: readonly JournalRecord[]): Story {
  const { session, era, began: time, beganAt, resumed, isAcking, marks } = end;
  const open = end.spans.map((span) => ({ ...span, until: end }));
  return {
    session,
    era,
    began: { time, beganAt, resumed },
    end,
    isAcking,
    marks,
    ...partsOf(records, open),
    behind: undefined,
  };
}

function openStory(session: OpenSession, era: number, records: readonly JournalRecord[]): Story {
  const { requester, began, writer, witnesses, subscriptions, behind } = session;
  const isAcking = witnesses !== undefined;
  const open = subscriptions.map((one) => spanOf(one, session));
  const parts = partsOf(records, open);
  const { marks } = writer;
  return {
    session: requester.visitor.session,
    era,
    began,
    end: undefined,
    isAcking,
    marks,
    ...parts,
    behind,
  };
}

/** @param open spans that the session has, or had to its end */
function partsOf(
  records: readonly JournalRecord[],
  open: readonly Span[],
): Pick<Story, 'spans' | 'gaps' | 'refusals' | 'given'> {
  const spans: Span[] = [];
  const gaps: GapRecord[] = [];
  const refusals: RefusalRecord[] = [];
  const given: GivenOffsets[] = [];
  for (const record of records) {
    if (record.kind === 'span') spans.push({ ...record.span, until: record });
    else if (record.kind === 'gap') gaps.push(record);
    else if (record.kind === 'refusal') refusals.push(record);
    else if (record.kind === 'given') given.push(record.given);
  }
  return { spans: [...spans, ...open], gaps, refusals, given };
}
