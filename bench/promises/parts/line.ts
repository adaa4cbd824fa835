import type { SocketClass } from '@zerospan/client';
import { WebSocket } from 'ws';
import { sharedMs } from '../clock.ts';

/** An address without a listener: connections are refused while the line is cut. */
const NOWHERE = 'ws://127.0.0.1:1/';

/** A client's way to the server, which can be cut: its connection is lost without a word, and new ones are refused. */
export class Line {
  #cut = false;
  #socket: WebSocket | undefined;
  /** When its TCP connection was opened last. */
  openedAtMs = 0;
  cuts = 0;

  /** For `new Bus(url, { WebSocket })`. */
  get Socket(): SocketClass {
    const target = (url: string): string => (this.#cut ? NOWHERE : url);
    const dialled = (socket: WebSocket): void => {
      this.#socket = socket;
      socket.on('open', () => {
        this.openedAtMs = sharedMs();
      });
    };
    return class extends WebSocket {
      constructor(url: string, protocol: string) {
        super(target(url), protocol, { perMessageDeflate: false });
        dialled(this);
      }
    };
  }

  cut(): void {
    this.#cut = true;
    this.cuts++;
    this.#socket?.terminate();
  }

  restore(): void {
    this.#cut = false;
  }
}
