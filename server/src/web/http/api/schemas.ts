import { type Confirmation, LIMITS, SKIPPED_REASONS } from '@zerospan/shared';
import * as Type from '../../../schema.ts';

/** What HTTP calls a put, and what it is answered: checked and described by the same schemas. */

const IdempotencyKey = Type.String({
  pattern: '^[!-~]{1,255}$',
  description:
    'Names the put: sent again with this key within five minutes, it receives the first answer, and nothing ' +
    'is appended again. It counts within the subject of the token; without tokens all clients share one scope, so use ' +
    'a UUID. 1 to 255 visible ASCII characters.',
});

export const PutLine = Type.Object(
  {
    channels: Type.Array(Type.String(), { description: 'Where to put it, all or none.' }),
    message: Type.Optional(
      Type.Unknown({ description: 'The payload: its JSON text is passed on as it is.' }),
    ),
    key: Type.Optional(IdempotencyKey),
    confirmMs: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: LIMITS.confirmMs,
        description: 'Answer also who got it, on another line, after this many ms at the latest.',
      }),
    ),
    who: Type.Optional(
      Type.Boolean({ description: 'With `confirmMs`: also by name. Needs the grant `confirm: "names"`.' }),
    ),
  },
  { additionalProperties: false, description: 'One line of POST /v1/puts.' },
);

export const PutQuery = Type.Object(
  {
    channel: Type.Optional(
      Type.Array(Type.String(), {
        description: 'Where to put it; repeat it for more channels, all or none.',
      }),
    ),
    confirmMs: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: LIMITS.confirmMs,
        description: 'Answer only when it is known who got it, after this many ms at the latest.',
      }),
    ),
    who: Type.Optional(
      Type.Enum(['', 'true', '1'], {
        description: 'With `confirmMs`: also by name. Needs the grant `confirm: "names"`. It takes no value.',
      }),
    ),
  },
  { additionalProperties: false },
);
export type PutQuery = Type.Static<typeof PutQuery>;

export const PutHeaders = Type.Object({
  'idempotency-key': Type.Optional(IdempotencyKey),
  'zerospan-epoch': Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 255,
      description:
        'The epoch in which the put was sent first. In another one, 409 outcome-unknown: nobody knows whether the ' +
        'log before had it. Needs Idempotency-Key.',
    }),
  ),
  'zerospan-sent': Type.Optional(
    Type.Integer({
      minimum: 0,
      description:
        'When the put was sent first, in ms since 1970; for repeats. If the server may have forgotten the key since, ' +
        '409 outcome-unknown. Needs Idempotency-Key.',
    }),
  ),
});
export type PutHeaders = Type.Static<typeof PutHeaders>;

/** Of a route that takes no parameters. */
export const NoQuery = Type.Object({}, { additionalProperties: false });

const Channel = Type.String({ description: 'The channel.' });

export const Accepted = Type.Object({
  epoch: Type.String({ description: 'The log that the offsets belong to.' }),
  time: Type.Integer({ description: 'When it was appended, in ms since 1970.' }),
  channels: Type.Array(
    Type.Object({
      channel: Channel,
      offset: Type.Integer({ minimum: 1 }),
      sessions: Type.Integer({ minimum: 0, description: 'Sessions that subscribe to the channel.' }),
      nativeSubscriptions: Type.Integer({ minimum: 0, description: 'ZeroMQ subscriptions that match it.' }),
    }),
  ),
});

const NamedSession = {
  session: Type.String({ description: 'Its id; another one after each reconnect.' }),
  ref: Type.String({ description: 'Its client: the same over all connections while the server runs.' }),
  subject: Type.Optional(Type.String({ description: 'Of its token. Left out: access control is off.' })),
  name: Type.Optional(Type.String({ description: 'Chosen by the client, for people.' })),
};

const place = (description: string) => Type.Integer({ minimum: 0, description });
const pairs = (description: string, ...values: readonly object[]) =>
  Type.Unsafe<readonly unknown[]>({
    type: 'array',
    description,
    items: { type: 'array', prefixItems: values },
  });

const Who = Type.Object(
  {
    has: pairs('Its application has it, this many ms after the append.', place('The session.'), place('ms.')),
    skipped: pairs('It never will have it.', place('The session.'), { enum: SKIPPED_REASONS }),
    unanswered: pairs('It did not answer in time; `no-acks`: it never acknowledges.', place('The session.'), {
      const: 'no-acks',
    }),
    away: Type.Array(place('A session.'), {
      description:
        'Those of `unanswered` that have lost their session since, and get it when they come back.',
    }),
  },
  { description: 'With `who`: the same by name. Numbers are places in `sessions`, from 0.' },
);

export const Confirmed = Type.Object({
  channels: Type.Array(
    Type.Object({
      channel: Channel,
      offset: Type.Integer({ minimum: 1 }),
      confirmed: Type.Integer({ minimum: 0, description: 'Sessions whose application has it.' }),
      skipped: Type.Integer({ minimum: 0, description: 'Sessions that never will have it.' }),
      unanswered: Type.Integer({ minimum: 0, description: 'Sessions that did not answer in time.' }),
      who: Type.Optional(Who),
    }),
  ),
  sessions: Type.Optional(
    Type.Array(Type.Object(NamedSession), { description: 'With `who`: each session once, 1,000 at most.' }),
  ),
  more: Type.Optional(
    Type.Integer({ minimum: 1, description: 'Sessions and absent clients that are not named.' }),
  ),
  absent: Type.Optional(
    Type.Array(
      Type.Object({
        ...NamedSession,
        lostMs: Type.Integer({ minimum: 0, description: 'When its session was lost, in ms before the put.' }),
        channels: Type.Array(place('Of `channels`, from 0.')),
      }),
      { description: 'With `who`: clients that lost their session in the 60 s before; in no count.' },
    ),
  ),
});

export const PutAnswer = Type.Object({
  accepted: Accepted,
  confirmed: Type.Optional(Confirmed),
});
export interface PutAnswer {
  readonly accepted: Type.Static<typeof Accepted>;
  readonly confirmed?: Confirmation;
}

export const ProblemSchema = Type.Object(
  {
    type: Type.Literal('about:blank'),
    title: Type.String({ description: 'The name of the status.' }),
    status: Type.Integer(),
    detail: Type.String({ description: 'What happened, to which input.' }),
    code: Type.String({ description: 'Stable, for programs.' }),
    remedy: Type.String({ description: 'What to do now.' }),
  },
  { description: 'Problem details (RFC 9457).' },
);
