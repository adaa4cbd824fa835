import assert from 'node:assert/strict';
import { LIMITS, TIMES } from '@zerospan/shared';
import { ENTRY_OVERHEAD_BYTES, type MemoryLogOptions } from '../../../server/src/logs/memory/index.ts';

import { ManualClock } from '../manual-clock.ts';
import { Random } from '../random.ts';
import { ModelClient } from './client.ts';
import { Edges } from './edges.ts';
import { type Life, type Line, ModelServer, promises } from './server.ts';
import { openStored, type Stored } from './stored.ts';
import type { ModelSubscriber, Place } from './subscriber.ts';
import type { Tap } from './tap.ts';
import { Wire } from './wire.ts';

/** How narrow everything is in one run. */
export interface Setting {
  readonly seed: number;
  /** Publications that the log holds by its bytes, and that the tail holds. */
  readonly logEntries: number;
  readonly tailEntries: number;
  /** Last publications that outlive the bounds of the log. */
  readonly lasts: number;
  readonly ageMs: number;
  /** Puts and channels of puts that are remembered. */
  readonly remembered: number;
  /** Bytes by which payloads are longer than they need to be. */
  readonly padBytes: number;
  /** Publications that fit into a client's window. */
  readonly window: number;
  /** Whether appends and reads of the log complete only in a step, as on a disk or on another machine. */
  readonly late: boolean;
  /** What keeps the log: memory, or a store, with offsets that leave numbers out or not. Default: memory. */
  readonly store?: 'dense' | 'sparse' | undefined;
}

/** What a publication takes on the wire, without its padding. */
const TEXT_BYTES = 40;

/** Long after the last timer that there can be: a wait of 30 s, a silence of 30 s, a goodbye. */
const REST_MS = 300_000;

/** Clients, a server, and all that is between them, in the hands of the test. */
export class World {
  readonly clock = new ManualClock();
  readonly edges = new Edges();
  readonly random: () => number;
  readonly setting: Setting;
  readonly clients: ModelClient[] = [];
  readonly servers: ModelServer[] = [];
  /** The one that serves now. */
  server!: ModelServer;
  #publications = 0;
  #draining: ModelServer | undefined;
  #stopping: ModelServer | undefined;

  /** The log of the next server: a store is opened beforehand, because a server begins at once. */
  #spare: Stored | undefined;
  #epochs = 0;

  static async begin(setting: Setting): Promise<World> {
    const world = new World(setting);
    await world.#openSpare();
    world.server = world.#begin();
    await promises();
    return world;
  }

  private constructor(setting: Setting) {
    this.setting = setting;
    const random = new Random(setting.seed);
    this.random = () => random.next();
  }

  get place(): Place {
    return { epoch: this.server.log.epoch, offset: this.server.log.head };
  }

  /** Everything that was ever appended, log by log. */
  get ledger(): Line[] {
    return this.servers.flatMap(({ lines }) => lines);
  }

  /** All logs that there ever were. */
  get lives(): readonly Life[] {
    return this.servers.flatMap(({ lives }) => lives);
  }

  get windowBytes(): number {
    const { window, padBytes } = this.setting;
    return window * (TEXT_BYTES + padBytes);
  }

  get subscribers(): ModelSubscriber[] {
    return this.clients.flatMap(({ subscribers }) => subscribers);
  }

  join(resume: Place | undefined): void {
    const { clock, random, windowBytes, edges } = this;
    const wire = (tap: Tap): Wire => new Wire(clock, tap);
    const nowMs = (): number => this.server.log.elapsed();
    const place = (): Place => this.place;
    const subscribers = (): ModelSubscriber[] => this.subscribers;
    this.clients.push(
      new ModelClient({ clock, random, windowBytes, edges, resume, wire, nowMs, place, subscribers }),
    );
  }

  /** A payload unlike any other. */
  payload(): string {
    const n = ++this.#publications;
    const { padBytes } = this.setting;
    return padBytes > 0 ? `{"n":${n},"pad":"${'x'.repeat(padBytes)}"}` : `{"n":${n}}`;
  }

  toClient(wire: Wire | undefined): boolean {
    this.#opens(wire);
    return wire?.deliverToClient() ?? false;
  }

  toServer(wire: Wire | undefined): boolean {
    this.#opens(wire);
    return wire?.deliverToServer() ?? false;
  }

  /**
   * The server ends, and another with an empty log takes its place; or only its log does (`renew`). Crashing, it says
   * nothing to anybody. Stopping, it closes its connections in turns of its own: the next begins when it is done, so
   * that two logs never serve at a time.
   */
  restart(how: 'crash' | 'stop' | 'renew'): void {
    const { server } = this;
    if (how === 'renew') {
      server.renew(this.#nextEpoch());
      return;
    }
    if (how === 'stop' && server === this.#stopping) return;
    const begin = (): void => {
      if (server === this.server) this.server = this.#begin();
    };
    if (how === 'stop') {
      this.#stopping = server;
      void server.hub.stop().then(begin);
      return;
    }
    for (const wire of this.#wires()) if (!wire.isPending) wire.cut('both');
    void server.hub.stop();
    begin();
  }

  /** The server announces to every client that it will stop, and does so two seconds later. */
  drain(): void {
    const { server } = this;
    if (server === this.#draining) return;
    this.#draining = server;
    void server.hub.drain();
    this.clock.later(2_000, () => {
      if (server === this.server) this.restart('stop');
    });
  }

  async wait(ms: number): Promise<void> {
    this.clock.advance(ms);
    await promises();
  }

  /** The log does one of the things that it was asked; says whether there were any. */
  logMoves(): boolean {
    return this.server.logMoves(this.random);
  }

  /** Delivers until nothing moves any more, without time passing; says whether anything did. */
  async flow(isReading: boolean): Promise<boolean> {
    for (let rounds = 0; ; rounds++) {
      if (rounds > 2_000) assert.fail('it does not come to rest');
      let moved = false;
      // Each of these is a turn of its own of the event loop: promises run before the next.
      const turn = async (moves: () => boolean | Promise<boolean>): Promise<void> => {
        if (!(await moves())) return;
        moved = true;
        await promises();
      };
      await turn(() => this.server.turn());
      await turn(() => this.logMoves());
      for (const wire of this.#wires()) {
        await turn(() => all(() => this.toServer(wire)));
        await turn(() => !wire.isStalled && all(() => this.toClient(wire)));
      }
      if (isReading) for (const subscriber of this.subscribers) subscriber.read(Number.POSITIVE_INFINITY);
      if (!moved && this.server.isAtRest) return rounds > 0;
    }
  }

  /** Everybody reads, no link is slow, and time passes until everybody has everything. */
  async rest(): Promise<void> {
    this.server.prompt();
    for (const wire of this.#wires()) wire.flowsAgain();
    await this.flow(true);
    for (let waited = 0; !this.#isQuiet(); waited += 1_000) {
      if (waited > REST_MS) assert.fail(`not at rest after ${REST_MS} ms: ${this.#unquiet()}`);
      await this.wait(1_000);
      await this.flow(true);
    }
    // Acknowledgements come late, and what they make room for once more.
    do await this.wait(TIMES.ackMs);
    while (await this.flow(true));
  }

  /** Closes all that is open, and hands the last gaps to each subscriber. */
  async end(): Promise<void> {
    for (const subscriber of this.subscribers) subscriber.close(this.place);
    await this.flow(true);
    for (const client of this.clients) client.close(this.place, 0);
    await this.flow(true);
    await this.wait(60_000);
    await this.flow(true);
  }

  #nextEpoch(): string {
    return `epoch-${++this.#epochs}`;
  }

  #begin(): ModelServer {
    const stored = this.#spare;
    this.#spare = undefined;
    const server = new ModelServer({
      log: this.#logOptions(),
      tail: { entries: this.setting.tailEntries, bytes: 1e9 },
      late: this.setting.late,
      stored,
    });
    void this.#openSpare();
    this.servers.push(server);
    return server;
  }

  async #openSpare(): Promise<void> {
    const { store } = this.setting;
    if (store) this.#spare = await openStored(this.#logOptions(), store === 'sparse');
  }

  #logOptions(): MemoryLogOptions {
    const { logEntries, lasts, ageMs, padBytes, remembered } = this.setting;
    const cost = TEXT_BYTES + padBytes + ENTRY_OVERHEAD_BYTES;
    return {
      clock: this.clock,
      bytes: logEntries * cost,
      lastBytes: lasts * cost,
      ageMs,
      epoch: this.#nextEpoch(),
      puts: { weight: remembered, ageMs: 600_000 },
    };
  }

  /** A server that stops takes no new connections: they wait for the next one. */
  #opens(wire: Wire | undefined): void {
    if (wire?.isPending && this.server !== this.#stopping)
      wire.opens((link) => this.server.hub.open(link, '', true));
  }

  #wires(): Wire[] {
    return this.clients.flatMap(({ wires }) => wires).filter((wire) => wire.isUp);
  }

  #unquiet(): string {
    const states = this.clients.map(({ bus, isClosed }) => `${bus.state}${isClosed ? ' (closed)' : ''}`);
    const zombies = this.#wires().filter((wire) => wire.isZombie).length;
    return `${states.join(', ')}; ${zombies} zombies`;
  }

  #isQuiet(): boolean {
    const isSettled = this.clients.every(({ bus, isClosed }) => bus.state === (isClosed ? 'closed' : 'live'));
    const open = this.clients.filter(({ isClosed }) => !isClosed);
    const connected = open.every(
      ({ wire }) => wire?.conversation && [...this.server.hub.connections.all].includes(wire.conversation),
    );
    const ends = this.server === this.#draining || this.server === this.#stopping;
    return isSettled && connected && !ends && this.server.hub.connections.size === open.length;
  }
}

/** Moves as often as something does; says whether anything did. */
function all(moves: () => boolean): boolean {
  if (!moves()) return false;
  while (moves());
  return true;
}

/** Window sizes are constants of the protocol: here they are what the run says. */
export function setWindow(windowBytes: number): () => void {
  const before = LIMITS.windowBytes;
  Object.assign(LIMITS, { windowBytes });
  return () => Object.assign(LIMITS, { windowBytes: before });
}
