import type { Bus, BusOptions } from '@zerospan/client';
import { type Body, RawClient, type RawSocketClass } from './raw.ts';

/** What a case runs with: the server, and the two sides of a client. */
export interface Tools {
  /** Of the server's WebSocket: `ws://127.0.0.1:8080/bus`. The server may be in use by others. */
  readonly url: string;
  readonly Bus: typeof Bus;
  readonly WebSocket: RawSocketClass;
}

export interface Case {
  readonly title: string;
  run(tools: Tools): Promise<void>;
}

export function conforms(title: string, play: (scene: Scene) => Promise<void>): Case {
  return {
    title,
    async run(tools) {
      const scene = new Scene(tools);
      try {
        await play(scene);
      } finally {
        await scene.end();
      }
    },
  };
}

/** The clients of one case, closed when it ends, and names of channels that nobody else uses. */
export class Scene {
  /** What all channels of this scene begin with. */
  readonly prefix = `conform-${Math.random().toString(36).slice(2, 10)}.`;
  readonly #tools: Tools;
  readonly #clients: RawClient[] = [];
  readonly #buses: Bus[] = [];

  constructor(tools: Tools) {
    this.#tools = tools;
  }

  /** A channel, or a prefix, of this scene. */
  name(rest: string): string {
    return this.prefix + rest;
  }

  /** A socket that has said nothing. */
  raw(protocol = 'zerospan.v1'): RawClient {
    const { WebSocket, url } = this.#tools;
    const client = new RawClient(WebSocket, url, protocol);
    this.#clients.push(client);
    return client;
  }

  /** A client that has its welcome; what follows it is still to be read. */
  async greeted(
    subscriptions: readonly object[] = [],
    more: object = {},
  ): Promise<{ client: RawClient; welcome: Body<'welcome'> }> {
    const client = this.raw();
    await client.opened();
    client.hello(subscriptions, { client: `raw-${Math.random()}`, ...more });
    return { client, welcome: await client.control('welcome') };
  }

  /** A client whose subscriptions have all been granted. */
  async joined(...subscriptions: readonly object[]): Promise<RawClient> {
    const { client } = await this.greeted(subscriptions);
    for (const _ of subscriptions) await client.control('subscribed');
    return client;
  }

  bus(options?: BusOptions): Bus {
    const bus = new this.#tools.Bus(this.#tools.url, options);
    this.#buses.push(bus);
    return bus;
  }

  async end(): Promise<void> {
    for (const client of this.#clients) client.close();
    await Promise.all(this.#buses.map((bus) => bus.close({ timeoutMs: 0 })));
  }
}
