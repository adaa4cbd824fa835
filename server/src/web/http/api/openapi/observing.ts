import { SettingsAnswer } from '../observing/settings-schema.ts';
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

export const SERVER_SETTINGS = {
  operationId: 'settings',
  tags: ['observe'],
  summary: 'Read the settings that the server runs with',
  description:
    'Each with what gave it: a flag, a variable, a file, the option of an application, or its default. Secrets and the ' +
    'content of files are not shown. Needs the same right as `/v1/status`.',
  security: TOKENS,
  querystring: NoQuery,
  response: answersOf(
    {
      200: {
        description: 'All settings.',
        content: { 'application/json': { schema: SettingsAnswer } },
      },
    },
    [...IDENTITY_PROBLEMS, 'forbidden'],
  ),
} as const;
