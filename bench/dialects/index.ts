import { type Dialect, ZerospanDialect } from '@zerospan/server/load';
import { NatsDialect } from './nats.ts';
import { PlainDialect } from './plain.ts';
import { SocketIoDialect } from './socket-io.ts';

/** Made by name, so that a plan in JSON can say which. */
const DIALECTS: Readonly<Record<string, () => Dialect>> = {
  zerospan: () => new ZerospanDialect(),
  'plain, everything': () => new PlainDialect({ subscribes: false }),
  plain: () => new PlainDialect({ subscribes: true }),
  'socket.io, everything': () => new SocketIoDialect({ subscribes: false }),
  'socket.io': () => new SocketIoDialect({ subscribes: true }),
  nats: () => new NatsDialect(),
};

export function dialectNamed(name: string): Dialect {
  const make = DIALECTS[name];
  if (!make) throw new Error(`there is no dialect "${name}"`);
  return make();
}
