import { EventsHeaders, EventsQuery } from '../events/query.ts';
import { HistoryQuery } from '../history/query.ts';
import { answersOf, IDENTITY_PROBLEMS, type ProblemName } from './answers.ts';
import { EventLines, HistoryLines, linesOf, NDJSON } from './lines.ts';
import { TOKENS } from './security.ts';

const READING: readonly ProblemName[] = [
  ...IDENTITY_PROBLEMS,
  'draining',
  'bad-filter',
  'too-many-filters',
  'bad-replay',
  'forbidden',
  'log-failed',
];

export const EVENTS = {
  operationId: 'events',
  tags: ['read'],
  summary: 'Receive publications as they come',
  description:
    'The answer does not end by itself. It is Server-Sent Events, or JSON lines to a request with `Accept: ' +
    'application/x-ndjson`. A client that sends the last id it has read as `Last-Event-ID` misses nothing and ' +
    'receives nothing twice. To a request with `Accept: text/event-stream`, a rejection that may pass (429 and 5xx) ' +
    'is status 200 with `retry:`, an event `error` with the problem, and the end: `EventSource` never reconnects ' +
    'after another status.',
  security: TOKENS,
  querystring: EventsQuery,
  headers: EventsHeaders,
  response: answersOf(
    {
      200: {
        description: 'Publications, gaps and positions.',
        headers: {
          'X-Accel-Buffering': { type: 'string', const: 'no', description: 'For nginx: no buffering.' },
        },
        content: {
          'text/event-stream': {
            schema: {
              type: 'string',
              description:
                'Events `publication` (its `id` is its position; data: a Publication), `gap` (no id; data: a Gap), ' +
                '`position` (its `id` is the position now; data: `{}`) and `error` (no id; data: a Problem), and ' +
                '`retry:` in ms.',
            },
          },
          [NDJSON]: { schema: linesOf('A JSON object for each line.', ...EventLines) },
        },
      },
    },
    [...READING, 'too-many-subscriptions', 'too-many-connections', 'connectionsPerAddress', 'handshakesPerS'],
  ),
} as const;

export const HISTORY = {
  operationId: 'history',
  tags: ['read'],
  summary: 'Read what the log holds, a page at a time',
  description:
    'A page may have fewer lines than `limit`, and none. As long as there is more, `Link` names the next page.',
  security: TOKENS,
  querystring: HistoryQuery,
  response: answersOf(
    {
      200: {
        description: 'Publications and gaps.',
        headers: {
          'Zerospan-Position': {
            type: 'string',
            description: 'Where the answer ends, EPOCH_OFFSET: `since` of events goes on there.',
          },
          Link: {
            type: 'string',
            description: 'The next page, `<?…>; rel="next"`, relative to this address.',
          },
        },
        content: { [NDJSON]: { schema: linesOf('A JSON object for each line.', ...HistoryLines) } },
      },
    },
    [...READING, 'too-many-reads'],
  ),
} as const;
