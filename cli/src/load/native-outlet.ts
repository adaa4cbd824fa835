import { Publisher } from 'zeromq';
import type { Outlet } from './publisher.ts';

/** Messages that may wait for the server: far more than a load should be late. */
const HIGH_WATER_MARK = 100_000;

/** A ZeroMQ publisher that connects: to `bus.ingress` of a server. */
export class NativeOutlet implements Outlet {
  /** Messages that ZeroMQ did not take. */
  failed = 0;
  readonly #socket: Publisher;
  readonly #whenFailed: (channel: string) => void;

  /**
   * @param whenFailed called for each message that ZeroMQ did not accept
   * @throws when ZeroMQ rejects the address
   */
  constructor(address: string, whenFailed: (channel: string) => void = () => undefined) {
    this.#whenFailed = whenFailed;
    // `noDrop`: a publisher that is full drops in silence otherwise, and the loss would be taken for the server's.
    this.#socket = new Publisher({
      sendHighWaterMark: HIGH_WATER_MARK,
      linger: 0,
      sendTimeout: 0,
      noDrop: true,
    });
    this.#socket.connect(address);
  }

  send(channel: string, payload: string): void {
    this.#socket.send(`${channel} ${payload}`).catch(() => {
      this.failed++;
      this.#whenFailed(channel);
    });
  }

  close(): void {
    this.#socket.close();
  }
}
