import { CHANNEL_ORDERS } from '@zerospan/shared';
import * as Type from '../../../../../schema.ts';
import { PageParameters } from './page.ts';
import { Named } from './sessions.ts';
import { count, nullable, rate, time } from './words.ts';

export const ChannelsQuery = Type.Object(
  {
    prefix: Type.Optional(
      Type.String({
        maxLength: 255,
        description:
          "Only channels whose name begins with this. The server's own channels are listed only with a prefix that " +
          'begins with $.',
      }),
    ),
    sort: Type.Optional(
      Type.Enum([...CHANNEL_ORDERS], {
        description: 'By name upwards; by the others the largest first. Default: name.',
      }),
    ),
    separator: Type.Optional(
      Type.String({
        maxLength: 8,
        description:
          'Answer one level of a tree: channels that have this text again behind the prefix are in groups, which ' +
          'stand first.',
      }),
    ),
    ...PageParameters,
  },
  { additionalProperties: false },
);
export type ChannelsQuery = Type.Static<typeof ChannelsQuery>;

/** The rest of the address: a name may have slashes, and is longer than Fastify's parameters are. */
export const ChannelName = Type.Object({
  '*': Type.String({ description: 'The channel, percent-encoded.' }),
});

/** As the router names the rest of the address. */
export interface ChannelName {
  readonly '*': string;
}

const offset = nullable(Type.Integer({ minimum: 1 }), 'Of its last publication. null: the log has none.');
const lastTime = nullable(time('When that was appended'), 'When that was appended, in ms since 1970.');
const perS = rate('Publications a second, of the last ten seconds.');

const Observed = {
  channel: Type.String(),
  offset,
  time: lastTime,
  perS,
  sessions: count('Sessions that are subscribed to it now.'),
  nativeSubscriptions: count('ZeroMQ subscriptions that match it now.'),
};

export const ChannelsSchema = Type.Object({
  groups: Type.Array(
    Type.Object({
      prefix: Type.String({ description: 'What the names of its channels begin with.' }),
      channels: count('The number of its channels.'),
      offset,
      time: lastTime,
      perS,
    }),
    { description: 'Without a separator: none.' },
  ),
  channels: Type.Array(Type.Object(Observed)),
  total: count('Rows on all pages.'),
  skip: count('Rows before this page.'),
});

export const ChannelSchema = Type.Object({
  ...Observed,
  entries: count('Entries of it that memory holds: publications and upstream gaps.'),
  oldest: nullable(Type.Integer({ minimum: 1 }), 'Offset of the oldest of them.'),
  subscribers: Type.Array(Type.Object(Named), { description: 'The first 100 sessions subscribed to it.' }),
});
