import assert from 'node:assert/strict';
import { TIMES } from '@zerospan/shared';
import { ENTRY_OVERHEAD_BYTES, type MemoryLogOptions } from '../../../server/src/logs/memory/index.ts';

import { ManualClock } from '../manual-clock.ts';
import { Random } from '../random.ts';
import { ModelClient } from './client.ts';
import type { LostSpan } from './disk/disk-ledger.ts';
import { ModelDisk } from './disk/model-disk.ts';
import { Edges } from './edges.ts';
import { all, promises } from './promises.ts';
import { type Life, type Line, ModelServer } from './server.ts';
import { openStored, type Stored } from './stored.ts';
import type { ModelSubscriber, Place } from './subscriber.ts';
import { Succession } from './succession.ts';
import type { Tap } from './tap.ts';
import { Wire } from './wire.ts';

/** A store: an array, with offsets that leave numbers out or not, or a disk that outlives the server. */
export const KEEPERS = ['dense', 'sparse', 'disk'] as const;
export type Keeper = (typeof KEEPERS)[number];

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
  /** What keeps the log. Default: memory. */
  readonly store?: Keeper | undefined;
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
  readonly succession: Succession;
  readonly disk: ModelDisk | undefined;
  #publications = 0;

  /** The log of the next server: a store is opened beforehand, because a server begins at once. */
  #spare: Stored | undefined;
  #epochs = 0;

  static async begin(setting: Setting): Promise<World> {
    const world = new World(setting);
    await world.#openSpare();
    world.succession.start();
    while (world.servers.length === 0) {
      await world.succession.turn();
      world.logMoves();
      await promises();
    }
    await promises();
    return world;
  }

  private constructor(setting: Setting) {
    this.setting = setting;
    const random = new Random(setting.seed);
    this.random = () => random.next();
    const { clock, edges } = this;
    if (setting.store === 'disk')
      this.disk = new ModelDisk({
        setting,
        log: this.#logOptions(),
        edges,
        onFatal: (error) => this.server.failures.push(error),
      });
    this.succession = new Succession({
      clock,
      isLate: setting.late,
      disk: this.disk,
      begin: (stored) => this.#begin(stored),
      renew: (server) => server.renew(this.#nextEpoch()),
      cutAll: () => {
        for (const wire of this.#wires()) if (!wire.isPending) wire.cut('both');
      },
    });
  }

  get servers(): readonly ModelServer[] {
    return this.succession.servers;
  }

  /** The one that serves now, or has served last. */
  get server(): ModelServer {
    return this.succession.current;
  }

  get place(): Place {
    return { epoch: this.server.log.epoch, offset: this.server.log.head };
  }

  /** Everything that was ever appended, log by log. */
  get ledger(): Line[] {
    return this.disk ? this.disk.ledger.lines : this.servers.flatMap(({ lines }) => lines);
  }

  /** What power losses took, or may have taken. */
  get lost(): readonly LostSpan[] {
    return this.disk?.ledger.lost ?? [];
  }

  /** All logs that there ever were, by epoch. */
  get lives(): readonly Life[] {
    const lives = this.servers.flatMap((server) => server.lives);
    return [...new Map(lives.map((life) => [life.epoch, life])).values()];
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

  async wait(ms: number): Promise<void> {
    this.clock.advance(ms);
    await promises();
  }

  /** The log does one of the things that it was asked; says whether there were any. */
  logMoves(): boolean {
    return this.succession.logMoves(this.random);
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
      await turn(() => this.succession.turn());
      await turn(() => this.logMoves());
      for (const wire of this.#wires()) {
        await turn(() => all(() => this.toServer(wire)));
        await turn(() => !wire.isStalled && all(() => this.toClient(wire)));
      }
      if (isReading) for (const subscriber of this.subscribers) subscriber.read(Number.POSITIVE_INFINITY);
      if (!moved && this.succession.isAtRest) return rounds > 0;
    }
  }

  /** Everybody reads, no link is slow, and time passes until everybody has everything. */
  async rest(): Promise<void> {
    this.succession.prompt();
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
    if (this.disk) await this.#reopen();
  }

  /** What the log was given is found when it is closed and opened again. */
  async #reopen(): Promise<void> {
    const { servers } = this;
    const begun = servers.length;
    this.succession.end('stop');
    for (let waited = 0; servers.length === begun; waited += 1_000) {
      if (waited > REST_MS) assert.fail('the log cannot be closed and opened again');
      await this.wait(1_000);
      await this.flow(true);
    }
  }

  #nextEpoch(): string {
    return `epoch-${++this.#epochs}`;
  }

  #begin(stored = this.#spare): ModelServer {
    this.#spare = undefined;
    const server = new ModelServer({
      log: this.#logOptions(),
      tail: { entries: this.setting.tailEntries, bytes: 1e9 },
      late: this.setting.late,
      stored,
    });
    void this.#openSpare();
    return server;
  }

  async #openSpare(): Promise<void> {
    const { store } = this.setting;
    if (store && store !== 'disk') this.#spare = await openStored(this.#logOptions(), store === 'sparse');
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
    if (wire?.isPending && this.succession.accepts)
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
    return (
      isSettled && connected && !this.succession.ends && this.server.hub.connections.size === open.length
    );
  }
}
