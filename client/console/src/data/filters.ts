import type { Filter } from '@zerospan/client';
import type { Query } from './api.ts';

/** Channels by name, and all that begin with something: as `filters` of a subscription, and in a query of the API. */
export interface Selection {
  readonly channels: readonly string[];
  readonly prefixes: readonly string[];
}

export function selectionOf(filters: readonly Filter[]): Selection {
  const channels = filters.filter((each) => typeof each === 'string' && each !== '') as string[];
  const prefixes = filters.flatMap((each) => {
    if (typeof each === 'string') return each === '' ? [''] : [];
    return [each.prefix];
  });
  return { channels, prefixes };
}

export function filtersOf({ channels, prefixes }: Selection): readonly Filter[] {
  return [...channels, ...prefixes.map((prefix) => (prefix === '' ? '' : { prefix }))];
}

/** As `/v1/events` and `/v1/history` take it. */
export function queryOf({ channels, prefixes }: Selection): Query {
  return {
    channel: channels,
    prefix: prefixes.filter((each) => each !== ''),
    all: prefixes.includes('') ? '' : undefined,
  };
}
