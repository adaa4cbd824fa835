import { LIMITS, type Position, quote, ZerospanError } from '@zerospan/shared';
import * as Type from '../../../../schema.ts';
import type { StreamRequest } from './event-stream.ts';
import { positionOf } from './position.ts';

const Names = (description: string) => Type.Optional(Type.Array(Type.String(), { description }));

/** Which channels a request is about. */
export const FilterParameters = {
  channel: Names('A channel; repeat it for more.'),
  prefix: Names('Every channel whose name begins with this; repeat it for more.'),
  all: Type.Optional(
    Type.Enum(['', 'true', '1'], { description: "Every channel but the server's own. It takes no value." }),
  ),
};

export const EventsQuery = Type.Object(
  {
    ...FilterParameters,
    last: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: LIMITS.replayLast,
        description: 'Begin with this many publications of each channel.',
      }),
    ),
    since: Type.Optional(
      Type.String({
        description: 'Begin behind this position, EPOCH_OFFSET; the header Last-Event-ID wins over it.',
      }),
    ),
  },
  { additionalProperties: false },
);
export type EventsQuery = Type.Static<typeof EventsQuery>;

export const EventsHeaders = Type.Object({
  'last-event-id': Type.Optional(
    Type.String({
      description:
        'Begin behind this position, EPOCH_OFFSET: the last id that the client has read. It wins over since and ' +
        'last. One that cannot be read is ignored, and reported as a gap.',
    }),
  ),
});

/** The filters of a request, not checked yet. */
export function filterOf({
  channel = [],
  prefix = [],
  all,
}: Pick<EventsQuery, 'channel' | 'prefix' | 'all'>): {
  readonly channels: string[];
  readonly prefixes: string[];
} {
  return { channels: channel, prefixes: all === undefined ? prefix : [...prefix, ''] };
}

/**
 * What a request for events asks for.
 * @param lastEventId the header: a client that reconnects sends back the last id that it has read
 * @throws ZerospanError `bad-replay`
 */
export function requestOf(query: EventsQuery, lastEventId: string | string[] | undefined): StreamRequest {
  const { last, since } = query;
  if (last !== undefined && since !== undefined)
    throw new ZerospanError('bad-replay', 'last and since do not go together.');
  const resumed =
    lastEventId === undefined || lastEventId === '' ? undefined : positionOf(String(lastEventId));
  const isLost = Boolean(lastEventId) && resumed === undefined;
  const from: Position | undefined = resumed ?? (since === undefined ? undefined : sinceOf(since));
  const subscription = {
    id: 1,
    ...filterOf(query),
    ...(from ? { after: from.offset } : last !== undefined && { replay: { last } }),
  };
  return { subscription, epoch: from?.epoch, isLost };
}

function sinceOf(since: string): Position {
  const position = positionOf(since);
  if (!position)
    throw new ZerospanError(
      'bad-replay',
      `since is ${quote(since)}, not a position: EPOCH_OFFSET, as in an event's id.`,
    );
  return position;
}
