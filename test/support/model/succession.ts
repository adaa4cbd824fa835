import assert from 'node:assert/strict';
import type { ManualClock } from '../manual-clock.ts';
import type { ModelDisk, Opening } from './disk/model-disk.ts';
import type { ModelServer } from './server.ts';
import type { Stored } from './stored.ts';

/** How a server ends. With `renew` its log does, and another takes its place. */
export type Ending = 'crash' | 'stop' | 'renew' | 'power loss';

export interface SuccessionParts {
  readonly clock: ManualClock;
  readonly isLate: boolean;
  /** Each server goes on with what is there. Left out: each has a log of its own, which is there at once. */
  readonly disk: ModelDisk | undefined;
  /** A server with a log of its own, or over one that was opened. */
  begin(stored?: Stored): ModelServer;
  /** The log of a server that goes on becomes another one. */
  renew(server: ModelServer): void;
  /** All connections break at once, and both sides notice. */
  cutAll(): void;
}

/** Servers, one after the other: the next begins when the one before has ended, so that two never serve at a time. */
export class Succession {
  readonly servers: ModelServer[] = [];
  /** The one that serves now, or has served last. */
  current!: ModelServer;
  readonly #parts: SuccessionParts;
  #draining: ModelServer | undefined;
  /** Takes no new connections: it ends, or has ended and the next one is not there yet. */
  #ending: ModelServer | undefined;
  #opening: Opening | undefined;
  #failure: assert.AssertionError | undefined;

  constructor(parts: SuccessionParts) {
    this.#parts = parts;
  }

  /** The first one begins. */
  start(): void {
    if (this.#parts.disk) this.#open(this.#parts.disk);
    else this.#begin();
  }

  /** Whether the current one takes new connections. */
  get accepts(): boolean {
    return this.current !== this.#ending && this.#opening === undefined;
  }

  /** Whether it will end by itself, or has ended. */
  get ends(): boolean {
    return !this.accepts || this.current === this.#draining;
  }

  get isAtRest(): boolean {
    return (this.#opening?.loop ?? this.current).isAtRest;
  }

  /** Ends a turn of the event loop of the process that runs. @throws what a start has failed with */
  turn(): Promise<boolean> {
    if (this.#failure !== undefined) throw this.#failure;
    return (this.#opening?.loop ?? this.current).turn();
  }

  /** The log does one of the things that it was asked; says whether there were any. */
  logMoves(random: () => number): boolean {
    return this.#opening ? this.#opening.turns.move(random) : this.current.logMoves(random);
  }

  /** From now on no log is late that there is now. */
  prompt(): void {
    this.current.prompt();
    this.#opening?.turns.prompt();
  }

  /**
   * The server ends, and another takes its place; or only its log does (`renew`). Crashing, it says nothing to anybody.
   * Stopping, it closes its connections in turns of its own.
   */
  end(how: Ending): void {
    const { current } = this;
    const { disk } = this.#parts;
    if (how === 'stop') {
      if (this.current === this.#ending) return;
      this.#ending = current;
      void this.#stop(current);
    } else if (disk) {
      disk.kill(how === 'power loss' ? how : 'crash');
      if (how === 'renew') disk.renew();
      this.#dies(current);
      this.#open(disk);
    } else if (how === 'renew') this.#parts.renew(current);
    else {
      this.#dies(current);
      this.#begin();
    }
  }

  /** The server announces to every client that it will stop, and does so two seconds later. */
  drain(): void {
    const { current } = this;
    if (current === this.#draining || !this.accepts) return;
    this.#draining = current;
    void current.hub.drain();
    this.#parts.clock.later(2_000, () => {
      if (current === this.current) this.end('stop');
    });
  }

  #dies(server: ModelServer): void {
    this.#ending = server;
    this.#parts.cutAll();
    void server.hub.stop();
  }

  async #stop(server: ModelServer): Promise<void> {
    const { disk } = this.#parts;
    await server.hub.stop();
    const isDead = (): boolean => server !== this.current || this.#opening !== undefined;
    if (isDead()) return;
    if (!disk) return this.#begin();
    await server.close();
    if (isDead()) return;
    disk.ledger.closed();
    if (disk.opened > 0)
      this.#failure = new assert.AssertionError({ message: 'a closed log has files open' });
    this.#open(disk);
  }

  #open(disk: ModelDisk): void {
    const opening = disk.open(this.#parts.isLate);
    this.#opening = opening;
    const isCurrent = (): boolean => this.#opening === opening;
    opening.stored.then(
      (stored) => {
        if (isCurrent()) this.#begin(stored);
      },
      (error: unknown) => {
        if (isCurrent())
          this.#failure = new assert.AssertionError({ message: `a start failed: ${String(error)}` });
      },
    );
  }

  #begin(stored?: Stored): void {
    this.#opening = undefined;
    this.#ending = undefined;
    this.current = this.#parts.begin(stored);
    this.servers.push(this.current);
  }
}
