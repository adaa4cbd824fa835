import { CHANNEL_MAX_BYTES, ENTRY_BYTES, LIMITS } from '@zerospan/shared';
import * as Type from '../../schema.ts';
import { whole, words } from '../words.ts';

const most = (maximum: number, of: string, value: number, description: string, minimum = 1) =>
  Type.Integer(words({ ...whole(minimum, maximum, of), default: value, description }));

/** What the largest payload takes on one channel: it must never be refused for its channels. */
const PUT_BYTES_LEAST = LIMITS.payloadBytes + CHANNEL_MAX_BYTES + ENTRY_BYTES;

/**
 * What one session may have and say; `welcome` tells it. Where names count, the protocol's own value is the most that
 * there may be: more would not fit into one message.
 */
export const sessionLimits = {
  subscriptions: most(
    LIMITS.subscriptions,
    'subscriptions',
    LIMITS.subscriptions,
    'Subscriptions of one session; one more is refused. 0 is refused.',
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
    'Channels of one put; one with more is refused whole. 0 is refused.',
  ),
  putBytes: Type.Union(
    [Type.Literal('auto'), Type.Integer({ minimum: PUT_BYTES_LEAST, maximum: 2 ** 40 })],
    words({
      default: 'auto',
      value: 'bytes',
      expects: `auto, or a whole number of bytes from ${PUT_BYTES_LEAST} to ${2 ** 40}`,
      description:
        'Bytes of the log that one put may take: its payload, the name and 160 more for each of its channels; ' +
        'a larger one is refused. auto: an eighth of log.bytes, 1 MiB at least. 0 is refused.',
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
    'Arrays and objects one in another in a message, from ZeroMQ too; a deeper one is refused. 0 is refused.',
    8,
  ),
  replays: most(
    LIMITS.subscriptions,
    'replays',
    8,
    'Replays of history that one session asked for that run at a time; more wait for these. 0 is refused.',
  ),
  replayEntriesPerS: Type.Union(
    [Type.Literal('auto'), Type.Integer({ minimum: 0, maximum: 1_000_000_000 })],
    words({
      default: 'auto',
      value: 'entries',
      expects: 'auto, or a whole number of entries from 0 to 1000000000',
      description:
        'Entries of the log looked at in a second for such replays of one session; beyond, they go on later. auto: 100000 once there is authentication, else none. 0: as many as it goes.',
    }),
  ),
  confirms: most(
    10_000,
    'puts',
    LIMITS.confirms,
    'Puts of one session that wait to be told who got them; one more is refused. 0: none may ask.',
    0,
  ),
};
