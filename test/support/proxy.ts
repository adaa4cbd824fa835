import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** Passes TCP connections on to a server, and cuts or holds them when a test says so. It knows nothing of what they carry. */
export class TcpProxy {
  readonly #target: URL;
  readonly #server: Server;
  /** Connections of clients, and those to the server. */
  readonly #near = new Set<Socket>();
  readonly #far = new Set<Socket>();
  #refuses = false;
  /** Connections passed on so far. */
  accepted = 0;
  /** Connections turned away while it was cut. */
  refused = 0;

  /** One for a test, after which it is stopped. */
  static async before(url: string): Promise<TcpProxy> {
    const proxy = new TcpProxy(new URL(url));
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    onTestFinished(() => proxy.stop());
    return proxy;
  }

  private constructor(target: URL) {
    this.#target = target;
    this.#server = createServer((socket) => this.#pass(socket));
  }

  /** The server's url, through this proxy. */
  get url(): string {
    const url = new URL(this.#target);
    url.port = String((this.#server.address() as AddressInfo).port);
    return url.href;
  }

  /** Destroys every connection, and every new one until `mend()`. */
  cut(): void {
    this.#refuses = true;
    this.#destroyAll();
  }

  mend(): void {
    this.#refuses = false;
  }

  /** Destroys every connection; new ones are passed on at once. */
  drop(): void {
    this.#destroyAll();
  }

  /** Reads nothing more from either side: the connections stay open, and fill up. */
  hold(): void {
    for (const socket of [...this.#near, ...this.#far]) socket.pause();
  }

  /** Reads nothing more from the server, while what the client says still arrives. */
  holdAnswers(): void {
    for (const socket of this.#far) socket.pause();
  }

  async stop(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.cut();
    await closed;
  }

  #pass(near: Socket): void {
    if (this.#refuses) {
      this.refused++;
      near.destroy();
      return;
    }
    this.accepted++;
    const far = connect(Number(this.#target.port), this.#target.hostname);
    this.#join(near, far, this.#near);
    this.#join(far, near, this.#far);
  }

  #join(from: Socket, to: Socket, all: Set<Socket>): void {
    all.add(from);
    from.pipe(to);
    // Either side may be cut off; the other then ends with it.
    from.on('error', () => to.destroy());
    from.on('close', () => {
      all.delete(from);
      to.destroy();
    });
  }

  #destroyAll(): void {
    for (const socket of [...this.#near, ...this.#far]) socket.destroy();
  }
}
