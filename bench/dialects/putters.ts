import { randomUUID } from 'node:crypto';
import { encodeControl, encodePut, PROTOCOL, type ServerMessage } from '@zerospan/shared';
import { type Carrier, type Dialogue, WebSocketCarrier } from 'zerospan/load';

/** Who hears what becomes of puts. */
export interface PutListener {
  /** Called once: it may put. */
  ready(): void;
  /**
   * The oldest put without an answer was answered: every server here answers those of one connection in their order.
   * @param offsets channels that the answer names an offset for; undefined where answers name none
   */
  answered(offsets: number | undefined): void;
}

/** One client that puts and subscribes to nothing. */
export interface Putting extends Dialogue {
  put(channels: readonly string[], payload: string): void;
}

/** How a kind of server is put to. */
export interface PutDialect {
  /** What its messages come in. */
  readonly carrier: Carrier;
  begin(say: (text: string) => void, listener: PutListener): Putting;
}

const zerospan: PutDialect = {
  carrier: new WebSocketCarrier(PROTOCOL),
  begin(say, listener) {
    const hello = { protocol: PROTOCOL, client: randomUUID(), acks: true };
    let id = 0;
    return {
      opened: () => say(encodeControl({ hello })),
      message(data, at, end) {
        const message = JSON.parse(data.toString('utf8', at, end)) as ServerMessage;
        if ('welcome' in message) listener.ready();
        else if ('accepted' in message) listener.answered(message.accepted.channels.length);
        // A benchmark that goes on would measure how fast puts are refused.
        else if ('refused' in message) throw new Error(`the server refused: ${message.refused.reason}`);
      },
      tick() {},
      put: (channels, payload) => say(encodePut({ id: ++id, channels: [...channels] }, payload)),
    };
  },
};

/** What `ws-loop.mjs` among the peers takes: it copied the envelope from us, and nothing else. */
const plain: PutDialect = {
  carrier: new WebSocketCarrier(),
  begin(say, listener) {
    let id = 0;
    return {
      opened: () => listener.ready(),
      message: () => listener.answered(undefined),
      tick() {},
      put: (channels, payload) => say(encodePut({ id: ++id, channels: [...channels] }, payload)),
    };
  },
};

/** What `socket-io.mjs` among the peers takes: the event `put`, answered by `accepted`. */
const socketIo: PutDialect = {
  carrier: new WebSocketCarrier(),
  begin: (say, listener) => ({
    opened() {},
    message(data, at, end) {
      const kind = data.toString('latin1', at, Math.min(at + 2, end));
      if (kind.startsWith('0')) say('40');
      else if (kind.startsWith('2')) say('3');
      else if (kind === '40') listener.ready();
      else if (kind === '42') listener.answered(undefined);
    },
    tick() {},
    put: (channels, payload) => say(`42${JSON.stringify(['put', channels, payload])}`),
  }),
};

/** By the names of `dialects/index.ts`, for those servers that clients can put to. */
const PUT_DIALECTS: Readonly<Record<string, PutDialect>> = { zerospan, plain, 'socket.io': socketIo };

export function putDialectNamed(name: string): PutDialect {
  const dialect = PUT_DIALECTS[name];
  if (!dialect) throw new Error(`nobody knows how to put in the dialect "${name}"`);
  return dialect;
}
