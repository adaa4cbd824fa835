import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import { type Flow, OneWay, PASS } from './flow.ts';

/** `up`: from clients to the server. `down`: from the server to clients. */
export type Direction = 'up' | 'down';

interface Pair {
  readonly near: Socket;
  readonly far: Socket;
  readonly up: OneWay;
  readonly down: OneWay;
}

/**
 * Passes TCP connections on to a server, and cuts, holds or spoils them on request. It knows nothing of what they
 * carry.
 */
export class TcpProxy {
  readonly #target: URL;
  readonly #server: Server;
  readonly #pairs = new Set<Pair>();
  #flows: Record<Direction, Flow> = { up: PASS, down: PASS };
  #refuses = false;
  /** Connections passed on so far. */
  accepted = 0;
  /** Connections refused while it was cut. */
  refused = 0;

  /** One for a test, after which it is stopped. */
  static async before(url: string): Promise<TcpProxy> {
    const proxy = await TcpProxy.open(url);
    onTestFinished(() => proxy.stop());
    return proxy;
  }

  /** One that its user stops. */
  static async open(url: string): Promise<TcpProxy> {
    const proxy = new TcpProxy(new URL(url));
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
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

  /** From now on everything passes; what was swallowed stays so. */
  restore(): void {
    this.#refuses = false;
    this.flow('up', PASS);
    this.flow('down', PASS);
  }

  /** Destroys every connection; new ones are passed on at once. */
  drop(): void {
    this.#destroyAll();
  }

  /** Ends every connection in an orderly way after what is under way; new ones are passed on at once. */
  end(): void {
    for (const { near, far } of this.#pairs) {
      near.end();
      far.end();
    }
  }

  /** Resets every connection in the middle of what the server says next; new ones are passed on at once. */
  reset(): void {
    for (const { down } of this.#pairs) down.flow = { kind: 'break' };
  }

  /** Reads nothing more from either side: the connections stay open, and fill up. New ones are passed on. */
  hold(): void {
    for (const { up, down } of this.#pairs) up.flow = down.flow = { kind: 'hold' };
  }

  /** Reads nothing more from the server, while what the client says still arrives. New ones are passed on. */
  holdAnswers(): void {
    for (const { down } of this.#pairs) down.flow = { kind: 'hold' };
  }

  /** How bytes go in that direction from now on, in connections that are there and in new ones, until `mend()`. */
  flow(direction: Direction, flow: Flow): void {
    this.#flows = { ...this.#flows, [direction]: flow };
    for (const pair of this.#pairs) pair[direction].flow = flow;
  }

  async stop(): Promise<void> {
    if (!this.#server.listening) return;
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
    for (const socket of [near, far]) socket.setNoDelay(true);
    const up = new OneWay(near, far, this.#flows.up);
    const down = new OneWay(far, near, this.#flows.down);
    const pair: Pair = { near, far, up, down };
    this.#pairs.add(pair);
    // One end may stay open longer than the other, when its closing is not passed on.
    const gone = (): void => {
      if (near.destroyed && far.destroyed) this.#pairs.delete(pair);
    };
    near.on('close', gone);
    far.on('close', gone);
  }

  #destroyAll(): void {
    for (const { near, far } of this.#pairs) {
      near.destroy();
      far.destroy();
    }
  }
}
