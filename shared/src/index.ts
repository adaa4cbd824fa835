export { BACKOFF, type Backoff, fullJitterMs, windowMs } from './backoff.ts';
export { Bucket, type Rate } from './bucket.ts';
export {
  CHANNEL_MAX_BYTES,
  channelFault,
  EVERY_CHANNEL,
  isReserved,
  prefixFault,
  quote,
  RESERVED_PREFIX,
} from './channel.ts';
export { type Clock, systemClock } from './clock.ts';
export type { CodeEntry } from './code-entry.ts';
export {
  decodePublication,
  decodeServerFrame,
  encodeControl,
  encodePut,
  type PublicationFrame,
  type ServerFrame,
} from './codec.ts';
export {
  CLOSE,
  CLOSE_FOR_GOOD,
  CODES,
  type Code,
  comesBack,
  PROTOCOL_CODES,
  ZerospanError,
} from './codes.ts';
export { FAILURES, type FailureCode } from './failures.ts';
export {
  type Filter,
  type FilterSet,
  filterCount,
  filterSetFault,
  type Match,
  matcherOf,
  prefixCovers,
  toFilterSet,
  toFilters,
  unionOf,
  without,
} from './filter.ts';
export { type CompiledGrant, compileGrant, covers, coversChannel, coversPrefix } from './grant.ts';
export { isTooDeep, type JsonFault, jsonFault } from './json.ts';
export { LIMITS, type Limits, TIMES } from './limits.ts';
export * from './messages.ts';
export { CHANNELS_A_PUT, ENTRY_BYTES, type PutCost, putCost } from './pace.ts';
export { isOffset, isPosition, type Position } from './position.ts';
export { type PrefixNode, PrefixTree } from './prefix-tree.ts';
export { PutPacer } from './put-pacer.ts';
export { isWellFormed, utf8Bytes } from './utf8.ts';
export { beforeWildcard } from './wildcard.ts';
