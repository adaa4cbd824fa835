import { ON_LAG, SESSION_ORDERS, TRANSPORTS } from '@zerospan/shared';
import * as Type from '../../../../../schema.ts';
import { PageParameters } from './page.ts';
import { count, nullable, time } from './words.ts';

export const SessionsQuery = Type.Object(
  {
    sort: Type.Optional(
      Type.Enum([...SESSION_ORDERS], {
        description: 'The largest first; with since the oldest first. Default: lag.',
      }),
    ),
    ...PageParameters,
  },
  { additionalProperties: false },
);
export type SessionsQuery = Type.Static<typeof SessionsQuery>;

export const SessionId = Type.Object({
  id: Type.String({ description: 'The id of a session, or the ref of its client: its newest session.' }),
});
export type SessionId = Type.Static<typeof SessionId>;

/** A session, as it is shown to people. */
export const Named = {
  session: Type.String({ description: 'Its id: another one after each reconnect.' }),
  ref: Type.String({
    description: 'Of its client: the same over all its connections, while the server runs.',
  }),
  subject: Type.Optional(Type.String({ description: 'Of its token. Left out: access control is off.' })),
  name: Type.Optional(Type.String({ description: 'Chosen by the client. Left out: none.' })),
};

const Observed = {
  ...Named,
  address: Type.String({ description: "Where it connects from; '' where the server has no use for that." }),
  transport: Type.Enum([...TRANSPORTS]),
  since: time('When it began'),
  standing: Type.Enum(['live', 'behind'], {
    description: 'Takes part in fan-out, or reads the log to catch up.',
  }),
  position: count('The offset that its application has reached, by its acks, or by what was written to it.'),
  lag: count('How many offsets that is below the head.'),
  unackedBytes: count('Bytes written that its application has not acknowledged; 0 without acks.'),
  refusals: count('Requests of it that were refused.'),
  gaps: count('Gaps reported to it.'),
  subscriptions: count('How many it has.'),
  filters: count('Of all of them.'),
};

const Filters = {
  channels: Type.Array(Type.String()),
  prefixes: Type.Array(Type.String()),
};

export const SessionsSchema = Type.Object({
  sessions: Type.Array(Type.Object(Observed)),
  total: count('How many match the search, on all pages.'),
  skip: count('How many of them stand before this page.'),
});

export const SessionSchema = Type.Object({
  ...Observed,
  grants: Type.Object(
    {
      subscribe: Type.Object(Filters),
      put: Type.Object(Filters),
      history: Type.Object(Filters),
      confirm: Type.Union([Type.Boolean(), Type.Literal('names')]),
      admin: Type.Boolean(),
      metrics: Type.Boolean(),
      observe: Type.Boolean(),
    },
    { description: 'What it may do.' },
  ),
  expires: nullable(
    time('When its access ends'),
    'When its access ends, in ms since 1970. null: it does not.',
  ),
  window: Type.Object(
    { bytes: count('Written and not acknowledged.'), mostBytes: count('0: it does not acknowledge.') },
    { description: 'What holds it back when its application does not keep up.' },
  ),
  subscribed: Type.Array(
    Type.Object({
      id: Type.Integer(),
      onLag: Type.Enum([...ON_LAG]),
      ...Filters,
      replayed: Type.Optional(count('Where its replay stands. Left out: it is live.')),
    }),
    { description: 'The first 1,000 of its subscriptions.' },
  ),
  reported: Type.Array(
    Type.Object({
      time: time('When it was reported'),
      reason: Type.String(),
      from: nullable(Type.Integer()),
      to: nullable(Type.Integer()),
      missed: nullable(Type.Integer()),
    }),
    { description: 'The latest gaps reported to it, newest first, 20 at most.' },
  ),
  earlier: Type.Array(
    Type.Object({
      session: Type.String(),
      began: time('When it began'),
      ended: time('When it ended'),
      code: nullable(Type.Integer(), 'The close code. null: the client was lost.'),
    }),
    { description: 'Earlier sessions of the same client, newest first, 20 at most.' },
  ),
});
