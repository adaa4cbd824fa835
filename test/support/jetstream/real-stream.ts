import { jetstreamManager } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { systemClock } from '@zerospan/shared';
import { NatsStream } from '../../../server/src/logs/jetstream/nats/nats-stream.ts';

/** One stream of a real server, for tests: they make, purge and remove it by hand. */
export class RealStream {
  readonly name: string;
  readonly #address: string;
  readonly #nats: NatsConnection;

  static async create(address: string, name: string): Promise<RealStream> {
    const real = new RealStream(address, name, await connect({ servers: address }));
    await real.add();
    return real;
  }

  private constructor(address: string, name: string, nats: NatsConnection) {
    this.#address = address;
    this.name = name;
    this.#nats = nats;
  }

  /** A client of it, with a connection of its own. */
  async client(): Promise<NatsStream> {
    const nats = await connect({ servers: this.#address, maxReconnectAttempts: -1, reconnectTimeWait: 50 });
    const manager = await jetstreamManager(nats, { timeout: 2_000, checkAPI: false });
    return new NatsStream({ nats, manager, stream: this.name, clock: systemClock });
  }

  async add(): Promise<void> {
    const manager = await jetstreamManager(this.#nats);
    await manager.streams.add({ name: this.name, subjects: [`${this.name}.>`], deny_delete: true });
  }

  async dropBelow(sequence: number): Promise<void> {
    const manager = await jetstreamManager(this.#nats);
    await manager.streams.purge(this.name, { seq: sequence });
  }

  async remove(): Promise<void> {
    const manager = await jetstreamManager(this.#nats);
    await manager.streams.delete(this.name);
  }

  async close(): Promise<void> {
    await this.#nats.close();
  }
}
