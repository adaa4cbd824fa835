import type { EventType, Observer, Socket } from 'zeromq';
import { isSpuriousWake } from './options.ts';

/** Most turns to wait for while events keep coming. */
const ROUNDS_MOST = 100;

export interface PeersEvents {
  /** A peer has come after one had gone. */
  returned?(): void;
  /**
   * A handshake failed: because of the key that was shown, or before that, without CURVE where it is asked for, or
   * without ZeroMQ.
   */
  failed?(why: 'key' | 'no-key'): void;
}

/** Counts the peers of one socket from its events. */
export class Peers {
  /** Peers connected now, their handshake done. */
  connected = 0;
  /**
   * Peers that were connected and are not any more. One that sends too large a message is cut off and comes back by
   * itself.
   */
  disconnects = 0;
  /** Peers that came after one had gone. At a source, which has one peer, it is that one. */
  returns = 0;
  /** Connections that never came to a handshake: not ZeroMQ, or closed at once. */
  strangers = 0;
  /** How many times a peer has come or gone. */
  changes = 0;
  readonly #listener: PeersEvents;
  /** Connections that have not come to a handshake yet. */
  #greeting = 0;
  #failed = 0;
  #events = 0;
  #observer: Pick<Observer, 'close'> | undefined;
  #gone = 0;
  #isAgain = false;

  constructor(listener: PeersEvents = {}) {
    this.#listener = listener;
  }

  /**
   * Reads the socket's events until it is closed; may be called again with the next one. Begin in the turn of `bind`,
   * or peers are missed; not before, or a failing `bind` reports EAGAIN, because libzmq's report of the event
   * overwrites the reason. Ask a socket for its events before it connects: in the turn of `connect` is late.
   */
  async watch(socket: Socket): Promise<void> {
    const { events } = socket;
    this.#observer = events;
    for (;;) {
      try {
        const { type } = await events.receive();
        if (type === 'end') break;
        this.#note(type);
      } catch (error) {
        if (socket.closed || !isSpuriousWake(error)) break;
      }
    }
    if (!this.#isAgain) this.connected = 0;
    while (this.connected > 0) this.#left();
    this.#isAgain = false;
    // They went with their socket: at the next one a peer that goes would be taken for one of them.
    this.#greeting = 0;
    this.#failed = 0;
  }

  /** All are about to go, because the socket is closed to be opened again: they count as gone. */
  again(): void {
    this.#isAgain = true;
  }

  /** The next one that comes counts as one that has returned: another node of the bus had it before. */
  expect(): void {
    this.#gone = Math.max(this.#gone, 1);
  }

  /** Reads no more, at once: the socket alone ends only the turns that are still to come. */
  abandon(): void {
    this.#observer?.close();
  }

  /**
   * Resolves when events that are there already have been read: a message may have overtaken those of its own
   * connection. Or after a while, because strangers that come and go all the time must not stop the reading of
   * messages.
   */
  async settled(): Promise<void> {
    for (let before = -1, rounds = 0; before !== this.#events && rounds < ROUNDS_MOST; rounds++) {
      before = this.#events;
      await turn();
      await turn();
    }
  }

  #note(type: EventType): void {
    this.#events++;
    if (type === 'accept' || type === 'connect') this.#greeting++;
    else if (type === 'handshake') this.#connected();
    else if (type.startsWith('handshake:error')) this.#failedHandshake(type);
    else if (type === 'disconnect') this.#disconnected();
  }

  #failedHandshake(type: EventType): void {
    this.#failed++;
    this.#listener.failed?.(type === 'handshake:error:auth' ? 'key' : 'no-key');
  }

  #connected(): void {
    if (this.#greeting > 0) this.#greeting--;
    else this.#wasNoStranger();
    this.connected++;
    this.changes++;
    if (this.#gone === 0) return;
    this.#gone--;
    this.returns++;
    this.#listener.returned?.();
  }

  /**
   * Events name no peer. A failed handshake is followed by a disconnect that takes no peer away. Some garbage passes
   * for the first version of ZeroMQ's protocol, which had no handshake: it fails at none and just disconnects. So a
   * disconnect while a connection has not finished its handshake counts as that connection's, until it turns out to be
   * another's.
   */
  #disconnected(): void {
    if (this.#failed === 0 && this.#greeting === 0) {
      this.#left();
      return;
    }
    this.#failed = Math.max(this.#failed - 1, 0);
    this.#greeting = Math.max(this.#greeting - 1, 0);
    this.strangers++;
  }

  /** A handshake of one that was taken to have gone: it was a peer that had gone. */
  #wasNoStranger(): void {
    if (this.strangers === 0) return;
    this.strangers--;
    this.#left();
  }

  #left(): void {
    this.connected = Math.max(this.connected - 1, 0);
    this.disconnects++;
    this.changes++;
    this.#gone++;
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
