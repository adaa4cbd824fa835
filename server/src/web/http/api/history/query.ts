import { type FilterSet, type Position, quote, ZerospanError } from '@zerospan/shared';
import type { Order } from '../../../../core/log/history.ts';
import * as Type from '../../../../schema.ts';
import { positionOf } from '../events/position.ts';
import { FilterParameters, filterOf } from '../events/query.ts';

/** Most publications and gaps of one page. */
const LIMIT = { usual: 100, most: 1_000 } as const;

export const HistoryQuery = Type.Object(
  {
    ...FilterParameters,
    after: Type.Optional(Type.String({ description: 'A position: what lies behind it.' })),
    before: Type.Optional(
      Type.String({ description: 'A position: what lies before it; without a value, the newest.' }),
    ),
    at: Type.Optional(
      Type.Integer({ minimum: 0, description: 'A time in ms since 1970: what came then or later.' }),
    ),
    limit: Type.Optional(
      Type.Integer({ minimum: 1, maximum: LIMIT.most, description: `Default: ${LIMIT.usual}.` }),
    ),
    order: Type.Optional(
      Type.Enum(['forwards', 'backwards'], {
        description: 'Default: backwards with before alone, else forwards.',
      }),
    ),
  },
  { additionalProperties: false },
);
export type HistoryQuery = Type.Static<typeof HistoryQuery>;

/** What a request for history asks for; its filter is not checked yet. */
export interface HistoryRequest {
  readonly filter: FilterSet;
  readonly order: Order;
  readonly limit: number;
  readonly after: Position | undefined;
  readonly at: number | undefined;
  /** undefined: up to the newest. */
  readonly before: Position | undefined;
}

/** @throws ZerospanError `bad-replay` */
export function historyOf(query: HistoryQuery): HistoryRequest {
  const { after, before, at, limit = LIMIT.usual } = query;
  if (after !== undefined && at !== undefined)
    throw new ZerospanError('bad-replay', 'after and at do not go together.', {
      remedy: 'Give one of them.',
    });
  const isFromEnd = before !== undefined && after === undefined && at === undefined;
  return {
    filter: filterOf(query),
    order: query.order ?? (isFromEnd ? 'backwards' : 'forwards'),
    limit,
    after: after === undefined ? undefined : read('after', after),
    at,
    before: before === undefined || before === '' ? undefined : read('before', before),
  };
}

/** The query of the next page: the same, from another place on. It is relative to any prefix. */
export function nextQuery(query: HistoryQuery, order: Order, position: string): string {
  const next = new URLSearchParams();
  const { at: _, ...others } = query;
  const moved = order === 'forwards' ? { ...others, after: position } : { ...query, before: position };
  // Without it, a position before which the next page lies would turn the order round.
  for (const [name, value] of Object.entries({ ...moved, order }))
    for (const one of Array.isArray(value) ? value : [value])
      if (one !== undefined) next.append(name, String(one));
  return `?${next.toString()}`;
}

function read(name: string, text: string): Position {
  const position = positionOf(text);
  if (position) return position;
  throw new ZerospanError('bad-replay', `${name} is ${quote(text)}, not a position.`, {
    remedy: 'Give EPOCH_OFFSET, as in Zerospan-Position or in the id of an event.',
  });
}
