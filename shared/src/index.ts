export {
  CHANNEL_MAX_BYTES,
  channelFault,
  EVERY_CHANNEL,
  isReserved,
  prefixFault,
  quote,
  RESERVED_PREFIX,
} from './channels/channel.ts';
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
} from './channels/filter.ts';
export { type CompiledGrant, compileGrant, covers, coversChannel, coversPrefix } from './channels/grant.ts';
export { type PrefixNode, PrefixTree } from './channels/prefix-tree.ts';
export { beforeWildcard } from './channels/wildcard.ts';
export {
  decodePublication,
  decodeServerFrame,
  encodeControl,
  encodePut,
  type PublicationFrame,
  type ServerFrame,
} from './codec.ts';
export type { CodeEntry } from './codes/code-entry.ts';
export {
  CLOSE,
  CLOSE_FOR_GOOD,
  CODES,
  type Code,
  PROTOCOL_CODES,
  shouldReconnect,
  ZerospanError,
} from './codes/codes.ts';
export { FAILURES, type FailureCode } from './codes/failures.ts';
export { isTooDeep, type JsonFault, jsonFault } from './json.ts';
export { memberOf } from './json-member.ts';
export { LIMITS, type Limits, TIMES } from './limits.ts';
export * from './messages/index.ts';
export * from './observing/index.ts';
export { isOffset, isPosition, type Position } from './position.ts';
export { BACKOFF, type Backoff, fullJitterMs, windowMs } from './timing/backoff.ts';
export { Bucket, type Rate } from './timing/bucket.ts';
export { type Clock, systemClock } from './timing/clock.ts';
export { CHANNELS_A_PUT, ENTRY_BYTES, type PutCost, putCost } from './timing/pace.ts';
export { PutPacer } from './timing/put-pacer.ts';
export { isWellFormed, utf8Bytes } from './utf8.ts';
