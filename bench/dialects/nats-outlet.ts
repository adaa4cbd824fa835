import { connect, type Socket } from 'node:net';
import type { Outlet } from 'zerospan/load';
import { NATS_CONNECT, NATS_PONG } from './nats.ts';
import { NatsStream } from './nats-stream.ts';

/**
 * What may wait for a server that takes no more: as many messages of 160 bytes as a ZeroMQ publisher of the load keeps.
 */
const WAITING_MOST_BYTES = 16_000_000;

/** A publisher of NATS over TCP. What one turn of the event loop sends is one write. */
export class NatsOutlet implements Outlet {
  /** Messages that were left out: nats-server stops reading from publishers when consumers fall behind. */
  failed = 0;
  readonly #socket: Socket;
  #batch = '';

  /** @param failed called once, when the connection is gone and it was not closed here */
  constructor(port: number, failed: (reason: string) => void, host = '127.0.0.1') {
    this.#socket = connect({ host, port, noDelay: true });
    this.#socket.write(NATS_CONNECT);
    const stream = new NatsStream({
      message() {},
      line: (text) => {
        if (text === 'PING') this.#socket.write(NATS_PONG);
        else if (text.startsWith('-ERR')) this.#socket.destroy(new Error(`nats-server answered ${text}`));
      },
    });
    let reason = 'nats-server closed the connection';
    this.#socket.on('data', (data) => stream.read(data, 0, data.length));
    this.#socket.on('error', (error) => {
      reason = error.message;
    });
    this.#socket.on('close', () => failed(reason));
  }

  send(channel: string, payload: string): void {
    if (this.#socket.writableLength > WAITING_MOST_BYTES) {
      this.failed++;
      return;
    }
    if (this.#batch === '') queueMicrotask(() => this.#write());
    this.#batch += `PUB ${channel} ${Buffer.byteLength(payload)}\r\n${payload}\r\n`;
  }

  close(): void {
    this.#socket.removeAllListeners('close');
    this.#socket.destroy();
  }

  #write(): void {
    this.#socket.write(this.#batch);
    this.#batch = '';
  }
}
