import type { EventType, Socket } from 'zeromq';
import { wokeForNothing } from './options.ts';

/** Counts the peers of one socket from its events. */
export class Peers {
  /** Peers connected now, their handshake done. */
  connected = 0;
  /** Peers that were connected and are not any more. One that sends too large a message is cut off and comes back by itself. */
  disconnects = 0;
  /** Connections that never came to a handshake: not ZeroMQ, or closed at once. */
  strangers = 0;
  #failed = 0;

  /**
   * Reads the socket's events until it is closed. Begin in the turn of `bind` or `connect`, or peers are missed; not before, or a
   * failing `bind` reports EAGAIN, because libzmq's telling of the event overwrites the reason.
   */
  async watch(socket: Socket): Promise<void> {
    const { events } = socket;
    for (;;) {
      try {
        const { type } = await events.receive();
        if (type === 'end') break;
        this.#note(type);
      } catch (error) {
        if (socket.closed || !wokeForNothing(error)) break;
      }
    }
    this.connected = 0;
  }

  #note(type: EventType): void {
    if (type === 'handshake') this.connected++;
    else if (type.startsWith('handshake:error')) this.#failed++;
    else if (type === 'disconnect') this.#disconnected();
  }

  /** A failed handshake is followed by a disconnect that takes no peer away. Events carry nothing else to tell them apart by. */
  #disconnected(): void {
    if (this.#failed > 0) {
      this.#failed--;
      this.strangers++;
      return;
    }
    this.connected = Math.max(this.connected - 1, 0);
    this.disconnects++;
  }
}
