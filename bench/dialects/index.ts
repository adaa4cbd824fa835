import { type Dialect, EventsDialect, ZerospanDialect } from 'zerospan/load';
import { NatsDialect } from './nats.ts';
import { PlainDialect } from './plain.ts';
import { SocketIoDialect } from './socket-io.ts';

/** Made by name, so that a plan in JSON can say which. */
const DIALECTS: Readonly<Record<string, (token?: string) => Dialect>> = {
  zerospan: (token) => new ZerospanDialect({ token }),
  'zerospan, events': (token) => new EventsDialect(token),
  'plain, everything': () => new PlainDialect({ subscribes: false }),
  plain: () => new PlainDialect({ subscribes: true }),
  'socket.io, everything': () => new SocketIoDialect({ subscribes: false }),
  'socket.io': () => new SocketIoDialect({ subscribes: true }),
  nats: () => new NatsDialect(),
};

/** @param token for a server that asks for one */
export function dialectNamed(name: string, token?: string): Dialect {
  const make = DIALECTS[name];
  if (!make) throw new Error(`there is no dialect "${name}"`);
  return make(token);
}
