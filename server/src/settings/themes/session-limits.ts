import { CHANNEL_MAX_BYTES, ENTRY_BYTES, LIMITS } from '@zerospan/shared';
import * as Type from '../../schema.ts';
import { whole, words } from '../words.ts';

const most = (maximum: number, of: string, value: number, description: string, minimum = 1) =>
  Type.Integer(words({ ...whole(minimum, maximum, of), default: value, description }));

/** What the largest payload takes on one channel: it must never be refused for its channels. */
const PUT_BYTES_LEAST = LIMITS.payloadBytes + CHANNEL_MAX_BYTES + ENTRY_BYTES;

/**
 * What one session may have and send; `welcome` carries it. Where names count, the protocol's own value is the upper
 * bound: more would not fit into one message.
 */
export const sessionLimits = {
  subscriptions: most(
    LIMITS.subscriptions,
    'subscriptions',
    LIMITS.subscriptions,
    'Subscriptions of one session; a further one is refused. 0 is refused.',
  ),
  filters: most(
    LIMITS.filters,
    'filters',
    LIMITS.filters,
    'Filters of one subscription; one with more is refused. 0 is refused.',
  ),
  sessionFilters: most(
    LIMITS.subscriptions * LIMITS.filters,
    'filters',
    LIMITS.sessionFilters,
    'Filters of all subscriptions of one session together. 0 is refused.',
  ),
  putChannels: most(
    LIMITS.putChannels,
    'channels',
    LIMITS.putChannels,
    'Channels of one put; a put on more is refused as a whole. 0 is refused.',
  ),
  putBytes: Type.Union(
    [Type.Literal('auto'), Type.Integer({ minimum: PUT_BYTES_LEAST, maximum: 2 ** 40 })],
    words({
      default: 'auto',
      value: 'bytes',
      expects: `auto, or a whole number of bytes from ${PUT_BYTES_LEAST} to ${2 ** 40}`,
      description:
        'Bytes of the log that one put may take: its payload, and for each of its channels the name and 160 more; ' +
        'a larger one is refused. auto: 1/8 of log.bytes, of a log on disk or on JetStream of log.hotBytes; at least ' +
        '1 MiB. 0 is refused.',
    }),
  ),
  payloadBytes: most(
    LIMITS.payloadBytes,
    'bytes',
    LIMITS.payloadBytes,
    'Largest payload of a put; for ZeroMQ see bus.maxPayloadBytes. 0 is refused.',
  ),
  // What a subscription asks for is six deep, and a field of a later protocol a little more.
  depth: most(
    LIMITS.payloadBytes / 2,
    'levels',
    LIMITS.depth,
    'Nesting of arrays and objects in a message, also from ZeroMQ; a deeper one is refused. 0 is refused.',
    8,
  ),
  replays: most(
    LIMITS.subscriptions,
    'replays',
    8,
    'Replays of history that one session runs at a time; further ones wait. 0 is refused.',
  ),
  replayEntriesPerS: Type.Union(
    [Type.Literal('auto'), Type.Integer({ minimum: 0, maximum: 1_000_000_000 })],
    words({
      default: 'auto',
      value: 'entries',
      expects: 'auto, or a whole number of entries from 0 to 1000000000',
      description:
        'Entries of the log scanned a second for such replays of one session, including those scanned to ' +
        'count losses; beyond it, replays go on later. A new connection of the same user inherits the debt of its earlier one. ' +
        'auto: 100000 with authentication, otherwise unlimited. 0: unlimited.',
    }),
  ),
  confirms: most(
    10_000,
    'puts',
    LIMITS.confirms,
    'Puts of one session that wait for their receipt; a further one is refused. 0: no receipts.',
    0,
  ),
};
