import type { UnitBug } from './unit-bug.ts';

const CORE = 'server/src/core';
const EXPLAIN = `${CORE}/observing/explain`;
const VERDICTS = 'test/unit/core/explain/verdicts.test.ts';
const HISTORIES = 'test/unit/core/explain/histories.test.ts';

/** In what explains what became of a publication. */
export const explainBugs: readonly UnitBug[] = [
  {
    name: 'had nothing: no ack says that a publication is had',
    file: `${EXPLAIN}/claims.ts`,
    find: 'const had = marks.reached(offset);',
    replace: 'const had = marks.reached(Number.POSITIVE_INFINITY);',
    caughtBy: [VERDICTS, HISTORIES],
  },
  {
    name: 'had too much: a client that comes back from below a publication has had it',
    file: `${EXPLAIN}/claims.ts`,
    find: ' || position < offset) return claim;',
    replace: ') return claim;',
    caughtBy: [VERDICTS],
  },
  {
    name: 'replayed and had: an ack before a replay by time is read says that its client has it',
    file: `${CORE}/session/subscription-list.ts`,
    find: 'replay && replay.fromMs === undefined',
    replace: 'replay',
    caughtBy: [VERDICTS],
  },
  {
    name: 'written to nobody: what is gathered for a link that is closed counts as written',
    file: `${CORE}/session/session.ts`,
    find: 'const written = isGone ? this.cursor : undefined;',
    replace: 'const written = isGone ? undefined : this.cursor;',
    caughtBy: [VERDICTS],
  },
  {
    name: 'never coming: an open subscription is given nothing any more',
    file: `${EXPLAIN}/claims.ts`,
    find: 'return span.end === undefined && !ending.some',
    replace: 'return span.end !== undefined && !ending.some',
    caughtBy: [VERDICTS, HISTORIES],
  },
  {
    name: 'gone, not away: a client that is lost is given nothing when it returns',
    file: `${EXPLAIN}/claims.ts`,
    find: "return isLast && span.end === 'closed';",
    replace: 'return false;',
    caughtBy: [VERDICTS, HISTORIES],
  },
  {
    name: 'lost again: what the log still held within a gap is not noted',
    file: `${CORE}/session/behind/behind.ts`,
    find: 'context.writer.givenWithin(chunk.entries, reportedTo(interests));',
    replace: '',
    caughtBy: [VERDICTS],
  },
  {
    name: 'skipped or lost: a run that the newest replaced counts as lost',
    file: `${CORE}/session/behind/step-context.ts`,
    find: "'latest',",
    replace: "'passed',",
    caughtBy: [VERDICTS, HISTORIES],
  },
  {
    name: 'subscribed for ever: a subscription is due what lies below its start',
    file: `${EXPLAIN}/claims.ts`,
    find: 'if (offset <= (facts.beginsAt.get(span) ?? span.after)) return undefined;',
    replace: '',
    caughtBy: [VERDICTS, HISTORIES],
  },
  {
    name: 'granted or not: what was refused in hello is not noted',
    file: `${CORE}/subscribing/session-opening.ts`,
    find: 'if (result instanceof ZerospanError) journal.refused(requester, body, result);',
    replace: 'if (!(result instanceof ZerospanError)) continue;',
    caughtBy: [VERDICTS, HISTORIES],
  },
  {
    name: 'silence for an answer: what the journal has forgotten was never there',
    file: `${EXPLAIN}/verdict.ts`,
    find: 'if (covers(timeline.forgotten, asked))',
    replace: 'if (covers(timeline.forgotten, asked) && timeline.stories.length === 0)',
    caughtBy: [VERDICTS, HISTORIES],
  },
  {
    name: 'gap from later: a gap counts for the filters that a subscription had before',
    file: `${EXPLAIN}/claims.ts`,
    find: 'order <= (until?.order ?? order)',
    replace: 'order <= order',
    caughtBy: [VERDICTS],
  },
  {
    name: 'withheld, so never given: what was written before history was withheld is forgotten',
    file: `${CORE}/session/behind/behind.ts`,
    find: "context.noted(withheld, 'withheld');",
    replace: '',
    caughtBy: [VERDICTS],
  },
  {
    name: 'one client for all: a user that reconnects all day makes the journal forget the others',
    file: `${CORE}/journal/journal.ts`,
    find: 'this.#queue.add(who.user, bytes,',
    replace: "this.#queue.add('', bytes,",
    caughtBy: [VERDICTS],
  },
];
