import { type Dialect, type Dialogue, type Tally, WebSocketCarrier } from 'zerospan/load';

/** Where Socket.IO answers: version 4 of its lower protocol, WebSocket from the beginning. */
export const SOCKET_IO_PATH = '/socket.io/?EIO=4&transport=websocket';

const OPEN = 0x30;
const PING = 0x32;
const MESSAGE = 0x34;
const CONNECTED = 0x30;
const EVENT = 0x32;

/** The first letter of an event's name, behind `42["`: each of the peer's has another. */
const NAME_AT = 4;
const PUBLICATION = 'm'.charCodeAt(0);
const SUBSCRIBED = 's'.charCodeAt(0);

/**
 * By how much a time stamp stands further from the end of its frame than from the end of its payload: the payload is a
 * text within JSON, so that each of the five quotes behind the stamp has a backslash, and `"]` follows. Knowing this,
 * nobody has to parse the frame.
 */
const FURTHER_BYTES = 5 + '"]'.length;

/**
 * Socket.IO's protocol, as `socket-io.mjs` among the peers speaks it. A publication is
 * `42["m","channel {\"at\":…}"]`.
 */
export class SocketIoDialect implements Dialect {
  readonly carrier = new WebSocketCarrier();
  readonly #subscribes: boolean;

  /**
   * @param subscribes emits `subscribe` with the channels; otherwise the server sends everything to everybody, and the
   * client emits nothing
   */
  constructor({ subscribes }: { readonly subscribes: boolean }) {
    this.#subscribes = subscribes;
  }

  begin(say: (text: string) => void, channels: readonly string[], tally: Tally, ready: () => void): Dialogue {
    const subscribes = this.#subscribes;
    return {
      opened() {},
      message(data, at, end) {
        const kind = data[at];
        if (kind === MESSAGE && data[at + 1] === EVENT) {
          const name = data[at + NAME_AT];
          if (name === PUBLICATION) tally.publication(data, end - FURTHER_BYTES);
          else if (name === SUBSCRIBED) ready();
        } else if (kind === MESSAGE && data[at + 1] === CONNECTED) {
          if (subscribes) say(`42${JSON.stringify(['subscribe', channels])}`);
          else ready();
        } else if (kind === OPEN) say('40');
        // A server that gets no answer to its ping closes the connection, after 45 s by default.
        else if (kind === PING) say('3');
      },
      tick() {},
    };
  }
}
