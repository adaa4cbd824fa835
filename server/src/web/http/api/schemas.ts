import { LIMITS } from '@zerospan/shared';
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

export const Confirmed = Type.Object({
  channels: Type.Array(
    Type.Object({
      channel: Channel,
      offset: Type.Integer({ minimum: 1 }),
      confirmed: Type.Integer({ minimum: 0, description: 'Sessions whose application has it.' }),
      skipped: Type.Integer({ minimum: 0, description: 'Sessions that never will have it.' }),
      unanswered: Type.Integer({ minimum: 0, description: 'Sessions that did not answer in time.' }),
    }),
  ),
});

export const PutAnswer = Type.Object({
  accepted: Accepted,
  confirmed: Type.Optional(Confirmed),
});
export type PutAnswer = Type.Static<typeof PutAnswer>;

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
