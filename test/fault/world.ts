import { join } from 'node:path';
import type { Settings } from '../../server/src/settings/settings.ts';
import { TcpProxy } from '../support/proxy.ts';
import { Random } from '../support/random.ts';
import type { ClientPlan } from './client-process.ts';
import { Part } from './part.ts';
import { freePorts } from './ports.ts';
import type { PublisherPlan } from './publisher-process.ts';
import type { Figures, ServerAnswer, ServerPlan } from './server-process.ts';
import type { Tuning } from './tuning.ts';

/** What a run is made of. */
export interface Scale {
  readonly clients: number;
  /** Messages a second of native publishers, and puts a second of each client. */
  readonly nativeRate: number;
  readonly putRate: number;
  /** Longest padding of a message, in bytes. */
  readonly padBytes: number;
  readonly log: Partial<Settings['log']>;
  /** Of a client that acks, in bytes. Default: that of the product. */
  readonly windowBytes?: number;
  readonly tuning: Tuning;
}

export interface Client {
  readonly name: string;
  readonly part: Part;
  readonly proxy: TcpProxy;
}

/** All processes of a run, and the proxies between them. */
export class World {
  readonly folder: string;
  readonly clients: Client[] = [];
  /** What went wrong with processes: those that end otherwise than they should. */
  readonly faults: string[] = [];
  readonly #scale: Scale;
  readonly #seed: number;
  readonly #ports: readonly number[];
  readonly #exposesGc: boolean;
  #server: Part | undefined;
  /** Loaded, for when the one before is gone. */
  #next: Part | undefined;
  #publisher: Part | undefined;
  #publishers = 0;
  #busy = Promise.resolve();

  static async start(folder: string, scale: Scale, seed: number, exposesGc: boolean): Promise<World> {
    // Chance, and not the seed: runs at the same time must not want the same ports.
    const ports = await freePorts(4, new Random(Math.floor(Math.random() * 2 ** 32)));
    const world = new World(folder, scale, seed, ports, exposesGc);
    const names = Array.from({ length: scale.clients }, (_, index) => `c${index + 1}`);
    try {
      const clients = names.map((name) => world.#startClient(name));
      await Promise.all([world.loadServer(), world.startPublisher(), ...clients]);
      await world.startServer();
      return world;
    } catch (error) {
      await world.kill();
      throw error;
    }
  }

  private constructor(
    folder: string,
    scale: Scale,
    seed: number,
    ports: readonly number[],
    exposesGc: boolean,
  ) {
    this.folder = folder;
    this.#scale = scale;
    this.#seed = seed;
    this.#ports = ports;
    this.#exposesGc = exposesGc;
  }

  /** The next server gets its code, and nothing else yet: loading takes longer than most faults last. */
  async loadServer(): Promise<void> {
    const [port = 0, address, ingress, source] = this.#ports;
    const { log, tuning, windowBytes } = this.#scale;
    const plan: ServerPlan = {
      trace: this.#trace('server'),
      port,
      bus: { address: at(address), ingress: at(ingress), sources: [at(source)] },
      log: { ...log, directory: join(this.folder, 'log') },
      tuning: { ...tuning, windowBytes },
    };
    this.#next = await Part.start('server-process', plan, this.#exposesGc ? ['--expose-gc'] : []);
  }

  /** Opens the server that was loaded. */
  async startServer(): Promise<void> {
    const server = this.#next;
    this.#next = undefined;
    this.#server = server;
    await server?.ask<ServerAnswer>('open');
  }

  /** Ends the server, by a kill or so that it drains. */
  async stopServer(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    if (!this.#server?.runs) this.faults.push('the server ended by itself');
    const code = await this.#server?.end(signal);
    if (signal === 'SIGTERM' && code !== 0) this.faults.push(`the server ended with ${code} after SIGTERM`);
    this.#server = undefined;
  }

  /** Does one thing with the server at a time: two servers would want the same addresses. */
  alone(action: () => Promise<void>): Promise<void> {
    this.#busy = this.#busy.then(action);
    return this.#busy;
  }

  async startPublisher(): Promise<void> {
    const [, , ingress, source] = this.#ports;
    this.#publishers++;
    const plan: PublisherPlan = {
      name: `${this.#publishers}`,
      trace: this.#trace('publisher'),
      seed: this.#seed,
      connect: at(ingress),
      bind: at(source),
      rate: this.#scale.nativeRate,
      padBytes: this.#scale.padBytes,
    };
    this.#publisher = await Part.start('publisher-process', plan);
  }

  async stopPublisher(): Promise<void> {
    await this.#publisher?.end('SIGKILL');
    this.#publisher = undefined;
  }

  async figures(): Promise<Figures | undefined> {
    return (await this.#server?.ask<ServerAnswer>('figures'))?.figures;
  }

  /** Nobody puts or sends anything new any more. */
  quieten(): void {
    this.#publisher?.say('stop');
    for (const { part } of this.clients) part.say('stop');
  }

  /** Each client puts one last message on every channel; resolves when all are answered, or it has taken too long. */
  async finish(withinMs: number): Promise<void> {
    await Promise.all(
      this.clients.map(({ name, part }) =>
        part.ask('finish', withinMs).catch((error: Error) => this.faults.push(`${name}: ${error.message}`)),
      ),
    );
  }

  /** Ends everything in an orderly way. */
  async close(): Promise<void> {
    const ends = this.clients.map(async ({ name, part, proxy }) => {
      if (!part.runs) this.faults.push(`${name} ended by itself`);
      part.say('close');
      if ((await part.ending()) !== 0) this.faults.push(`${name} did not close`);
      await proxy.stop();
    });
    await Promise.all(ends);
    await this.stopPublisher();
    await this.stopServer('SIGTERM');
  }

  /** Whatever still runs, ends now. */
  async kill(): Promise<void> {
    const parts = [this.#next, this.#server, this.#publisher, ...this.clients.map(({ part }) => part)];
    await Promise.all(parts.flatMap((part) => part?.end('SIGKILL') ?? []));
    await Promise.all(this.clients.map(({ proxy }) => proxy.stop()));
  }

  async #startClient(name: string): Promise<void> {
    const proxy = await TcpProxy.open(`ws://127.0.0.1:${this.#ports[0]}/bus`);
    const plan: ClientPlan = {
      name,
      trace: this.#trace(name),
      seed: this.#seed,
      url: proxy.url,
      rate: this.#scale.putRate,
      padBytes: this.#scale.padBytes,
      tuning: this.#scale.tuning,
    };
    const part = await Part.start('client-process', plan);
    this.clients.push({ name, part, proxy });
  }

  #trace(name: string): string {
    return join(this.folder, name);
  }
}

function at(port: number | undefined): string {
  return `tcp://127.0.0.1:${port}`;
}
