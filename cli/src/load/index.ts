/**
 * A load of many clients, cheap enough not to be what is measured: what `zerospan bench` and the project's own
 * benchmarks are made of.
 */

export { type Counts, Histogram } from './histogram.ts';
export { NativeOutlet } from './native-outlet.ts';
export { Pace, pause } from './pace.ts';
export { channelsOf, LoadPublisher, type Outlet } from './publisher.ts';
export { type PutListener, PutOutlet, type PutTarget } from './put-outlet.ts';
export { type PutSummary, PutTally } from './put-tally.ts';
export type { Carried, Carrier, CarrierSink } from './sockets/carrier.ts';
export { EventsDialect } from './sockets/events.ts';
export { clientFrame, FrameReader, type FrameSink } from './sockets/frames.ts';
export {
  type Dialect,
  type Dialogue,
  LoadSocket,
  type LoadTarget,
  readBuffer,
} from './sockets/load-socket.ts';
export { WebSocketCarrier } from './sockets/websocket-carrier.ts';
export { TICK_MS, ZerospanDialect } from './sockets/zerospan.ts';
export { nowUs, STAMPED_LEAST_BYTES, Stamps } from './stamp.ts';
export { Tally, type TallySummary } from './tally.ts';
