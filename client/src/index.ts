export {
  type AbsentClient,
  CODES,
  type Code,
  FAILURES,
  type FailureCode,
  type Filter,
  type NamedSession,
  type Position,
  type ReplayRequest,
  type SkippedReason,
  ZerospanError,
} from '@zerospan/shared';
export { Bus } from './bus.ts';
export type { AnyChannels } from './channel-map.ts';
export type { News, NewsSource } from './connection/news.ts';
export type { Socket, SocketClass } from './connection/socket.ts';
export type { Question } from './poll/answers.ts';
export { Poll, type PollOptions } from './poll/poll.ts';
export { Publisher } from './puts/publisher.ts';
export { Subscriber } from './subscriptions/subscriber.ts';
export type {
  BusOptions,
  Gap,
  GetOptions,
  Publication,
  PutChannel,
  PutCounts,
  PutOptions,
  PutResult,
  PutWho,
  QueueBounds,
  State,
  StateDetail,
  SubscribeOptions,
} from './types.ts';
export { View, type ViewOptions, type ViewState } from './view/view.ts';
