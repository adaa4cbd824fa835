import { Accepted, Confirmed, NoQuery, PutAnswer, PutHeaders, PutLine, PutQuery } from '../schemas.ts';
import { answersOf, IDENTITY_PROBLEMS, type ProblemName } from './answers.ts';
import { linesOf, NDJSON, putAnswerLines } from './lines.ts';
import { TOKENS } from './security.ts';

const IDENTITY: readonly ProblemName[] = [...IDENTITY_PROBLEMS, 'draining'];

export const PUT = {
  operationId: 'put',
  tags: ['put'],
  summary: 'Put one message',
  description:
    'Appends the body to each channel, all or none. A client that receives no answer repeats the request with the ' +
    'same `Idempotency-Key`; without a key, a repeat may be appended twice.',
  security: TOKENS,
  querystring: PutQuery,
  headers: PutHeaders,
  response: answersOf(
    {
      200: {
        description: 'It is appended; with `confirmMs`, also who got it.',
        content: { 'application/json': { schema: PutAnswer } },
      },
    },
    [
      ...IDENTITY,
      'no-channels',
      'bad-channel',
      'too-many-channels',
      'no-payload',
      'bad-payload',
      'too-deep',
      'bad-confirm',
      'forbidden',
      'reserved-channel',
      'put-conflict',
      'outcome-unknown',
      'too-large',
      'bad-encoding',
      'too-many-confirms',
      'too-many-names',
      'log-failed',
    ],
  ),
} as const;

export const PUT_BODY = {
  type: 'application/json',
  schema: {
    description:
      'The payload: one JSON value, passed on byte for byte. The server ignores `Content-Type`, and rejects a ' +
      'body with a `Content-Encoding`.',
  },
} as const;

export const PUTS = {
  operationId: 'puts',
  tags: ['put'],
  summary: 'Put a message for each line',
  description:
    'Takes one put for each line, and answers one line for each, in order, while they come; one with `confirmMs` is ' +
    'answered by `confirmed` as well, once that is known. A line that is rejected ' +
    'is answered by a problem, and the rest goes on. The server ignores empty lines. The request ends when nothing ' +
    'comes for `limits.bodyMs`, when the token expires or is revoked, and when the server stops, each with a last ' +
    'line that is a problem without `line`.',
  security: TOKENS,
  querystring: NoQuery,
  response: answersOf(
    {
      200: {
        description: 'The answers, in the order of the lines.',
        headers: {
          'X-Accel-Buffering': { type: 'string', const: 'no', description: 'For nginx: no buffering.' },
        },
        content: {
          [NDJSON]: {
            schema: linesOf('A JSON object for each line.', ...putAnswerLines(Accepted, Confirmed)),
          },
        },
      },
    },
    [...IDENTITY, 'bad-encoding', 'too-many-connections'],
  ),
} as const;

export const PUTS_BODY = {
  type: NDJSON,
  schema: linesOf('A put for each line. The server ignores `Content-Type`.', PutLine),
} as const;
