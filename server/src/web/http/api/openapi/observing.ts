import { ChannelName, ChannelSchema, ChannelsQuery, ChannelsSchema } from '../observing/schemas/channels.ts';
import { ExplainQuery, ExplanationSchema } from '../observing/schemas/explanation.ts';
import { SessionId, SessionSchema, SessionsQuery, SessionsSchema } from '../observing/schemas/sessions.ts';
import { SettingsAnswer } from '../observing/schemas/settings.ts';
import { StatusSchema } from '../observing/schemas/status.ts';
import { NoQuery } from '../schemas.ts';
import { answersOf, IDENTITY_PROBLEMS, type ProblemName } from './answers.ts';
import { TOKENS } from './security.ts';

const RIGHT =
  'Needs the right `observe` or `admin`. A server without keys for tokens answers requests of its own machine alone. ' +
  'It is answered while the server stops, too.';

/** An operation that reads something of the server. */
const reading = (
  operationId: string,
  { summary, description }: { readonly summary: string; readonly description: string },
  schema: object,
  problems: readonly ProblemName[],
) =>
  ({
    operationId,
    tags: ['observe'],
    summary,
    description: `${description}${description === '' ? '' : ' '}${RIGHT}`,
    security: TOKENS,
    querystring: NoQuery,
    response: answersOf(
      { 200: { description: 'As of this moment.', content: { 'application/json': { schema } } } },
      [...IDENTITY_PROBLEMS, 'forbidden', ...problems],
    ),
  }) as const;

export const STATUS = reading(
  'status',
  { summary: 'Read the state of the server', description: '' },
  StatusSchema,
  [],
);

export const SESSIONS = {
  ...reading(
    'sessions',
    {
      summary: 'List the sessions that are open',
      description:
        'A page is of one moment: of two pages a session may be on both, or on neither, if it moves meanwhile.',
    },
    SessionsSchema,
    ['too-many-reads'],
  ),
  querystring: SessionsQuery,
};

export const SESSION = {
  ...reading(
    'session',
    { summary: 'Read one session', description: 'Its grants, position, subscriptions and gaps.' },
    SessionSchema,
    ['unknown-session', 'too-many-reads'],
  ),
  params: SessionId,
};

export const CHANNELS = {
  ...reading(
    'channels',
    {
      summary: 'List the channels that the log knows',
      description: 'All of them, or one level of a tree. Rates are counted when they are asked for.',
    },
    ChannelsSchema,
    ['too-many-reads'],
  ),
  querystring: ChannelsQuery,
};

export const CHANNEL = {
  ...reading(
    'channel',
    {
      summary: 'Read one channel',
      description: 'One that the log does not know is answered as well: sessions may be subscribed to it.',
    },
    ChannelSchema,
    ['bad-channel', 'too-many-reads'],
  ),
  params: ChannelName,
};

export const EXPLAIN = {
  ...reading(
    'explain',
    {
      summary: 'Explain what became of a publication at a client',
      description: 'One verdict, one sentence, and what they follow from.',
    },
    ExplanationSchema,
    ['too-many-reads'],
  ),
  querystring: ExplainQuery,
};

export const SESSION_END = {
  operationId: 'endSession',
  tags: ['observe'],
  summary: 'End a session',
  description:
    'Closes it for good with `revoked`, as a revocation of the session does. Its token stays valid. Needs the right ' +
    '`admin`, which only a token can grant.',
  security: TOKENS,
  querystring: NoQuery,
  params: SessionId,
  response: answersOf(
    {
      202: {
        description: 'No session of this node has this id: one of another node ends, if there is one.',
        type: 'null',
      },
      204: { description: 'It ends.', type: 'null' },
    },
    [...IDENTITY_PROBLEMS, 'forbidden', 'unknown-session', 'too-many-reads'],
  ),
} as const;

export const SERVER_SETTINGS = reading(
  'settings',
  {
    summary: 'Read the settings that the server runs with',
    description:
      'Each with what gave it: a flag, a variable, a file, the option of an application, or its default. Secrets and ' +
      'the content of files are not shown.',
  },
  SettingsAnswer,
  [],
);
