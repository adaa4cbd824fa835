import { StatusSchema } from '../observing/status-schema.ts';
import { NoQuery } from '../schemas.ts';
import { answersOf, IDENTITY_PROBLEMS } from './answers.ts';
import { TOKENS } from './security.ts';

export const STATUS = {
  operationId: 'status',
  tags: ['observe'],
  summary: 'Read the state of the server',
  description:
    'Needs the right `observe` or `admin`. A server without keys for tokens answers requests of its own machine alone. ' +
    'It is answered while the server stops, too.',
  security: TOKENS,
  querystring: NoQuery,
  response: answersOf(
    {
      200: {
        description: 'The state at this moment.',
        content: { 'application/json': { schema: StatusSchema } },
      },
    },
    [...IDENTITY_PROBLEMS, 'forbidden'],
  ),
} as const;
