export {
  CODES,
  type Code,
  type Filter,
  type Position,
  type ReplayRequest,
  ZerospanError,
} from '@zerospan/shared';
export type { Socket, SocketClass } from '#socket';
export { Bus } from './bus.ts';
export type { AnyChannels } from './channel-map.ts';
export type { News, NewsSource } from './news.ts';
export { Publisher } from './publisher.ts';
export { Subscriber } from './subscriber.ts';
export type {
  BusOptions,
  Gap,
  GetOptions,
  Publication,
  PutChannel,
  PutCounts,
  PutOptions,
  PutResult,
  QueueBounds,
  State,
  SubscribeOptions,
} from './types.ts';
