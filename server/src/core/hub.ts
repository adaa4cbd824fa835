import { CLOSE, type Clock, LIMITS, type Limits } from '@zerospan/shared';
import { type AccessBounds, BOUNDS } from './access/bounds.ts';
import type { OtherConnections } from './access/connection-index.ts';
import { allowAll, type Gate } from './access/gate.ts';
import { userOf } from './access/keys.ts';
import { Refs } from './access/refs.ts';
import { ResumeWindow } from './access/resume-window.ts';
import type { Revoked } from './access/revocations.ts';
import { type Connection, Connections } from './connections.ts';
import { Clients, type Elsewhere } from './conversation/clients.ts';
import { Conversation, type ConversationBus } from './conversation/conversation.ts';
import { Fanout } from './fanout/fanout.ts';
import { Heartbeat } from './heartbeat.ts';
import { Journal, ownSessionOf } from './journal/journal.ts';
import type { Log, LogChange } from './log/log.ts';
import type { TailBounds } from './log/tail.ts';
import { LogAway } from './log-away.ts';
import { BurstDebts } from './pacing/burst-debts.ts';
import { type LogRations, rationsOf } from './pacing/log-rations.ts';
import { BytesInFlight } from './putting/bytes-in-flight.ts';
import type { ZeroMqSubscribers } from './putting/put-tally.ts';
import { Puts } from './putting/puts.ts';
import { Receipts } from './receipts/receipts.ts';
import { type OperatorLog, Reports } from './reports.ts';
import { CatchUp } from './session/behind/catchup.ts';
import { LogReads } from './session/behind/log-reads.ts';
import { SharedReads } from './session/behind/shared-reads.ts';
import type { Link } from './session/link.ts';
import { Replays } from './session/replays.ts';
import { PerUser } from './sharing/per-user.ts';
import { type EndOfTurn, TimeSlicer } from './time-slicer.ts';

/** What the core is put together from. */
export interface HubPorts extends OperatorLog {
  readonly log: Log;
  readonly clock: Clock;
  readonly endOfTurn: EndOfTurn;
  readonly native: ZeroMqSubscribers;
  readonly tail: TailBounds;
  /** How often cohorts gather between two flushes of fan-out. */
  readonly gatheredMost?: number | undefined;
  /** Who may come in. Default: everybody. */
  readonly gate?: Gate | undefined;
  readonly bounds?: Partial<AccessBounds> | undefined;
  /** Limits of this server that are not the protocol's own. */
  readonly limits?: Partial<Limits> | undefined;
  /** Which network an address counts for, where clients have no subject. Default: each address for itself. */
  readonly networkOf?: (address: string) => string;
  /** The clients and connections of other nodes. Default: there are none. */
  readonly elsewhere?: (Elsewhere & OtherConnections) | undefined;
  /** Makes an id for a session, unlike any other. */
  newId(): string;
}

/** How often it is looked whether everybody has everything, and how long without any progress is borne. */
const SETTLED_MS = { check: 20, standstill: 1_000 } as const;

/** The whole core: one log, its fan-out, and every conversation. */
export class Hub implements ConversationBus {
  readonly log: Log;
  readonly clock: Clock;
  readonly fanout: Fanout;
  readonly reads: LogReads;
  readonly catchUp: CatchUp;
  readonly sharedReads: SharedReads;
  readonly replays: Replays;
  readonly puts: Puts;
  readonly receipts: Receipts;
  readonly gate: Gate;
  readonly bounds: AccessBounds;
  readonly limits: Limits;
  readonly clients: Clients;
  /** What clients are called where others see them. */
  readonly refs = new Refs();
  readonly journal: Journal;
  readonly debts: BurstDebts | undefined;
  readonly rations: LogRations;
  readonly filters: PerUser;
  readonly connections: Connections;
  readonly recent: ResumeWindow;
  readonly reports: Reports;
  readonly #ports: HubPorts;
  readonly #heartbeat: Heartbeat;
  /** How often the epoch of the log has changed since the start. */
  restarts = 0;
  #draining = false;
  readonly #away: LogAway;

  constructor(ports: HubPorts) {
    this.#ports = ports;
    this.connections = new Connections(new TimeSlicer(ports.endOfTurn), ports.elsewhere);
    this.clients = new Clients(ports.elsewhere);
    this.reports = new Reports(ports, this.connections);
    this.log = ports.log;
    this.clock = ports.clock;
    this.#away = new LogAway(ports.clock, ports.log.state);
    const onFailure = (error: unknown): void => this.reports.failed(error);
    this.fanout = new Fanout(ports.log, ports.tail, ports.endOfTurn, {
      gatheredMost: ports.gatheredMost,
      changed: (change) => this.#changed(change),
      onFailure,
    });
    this.reads = new LogReads(ports.log, ports.clock);
    this.catchUp = new CatchUp(ports.endOfTurn, this.fanout, this.reads, (who, error) =>
      this.#readerFailed(who, error),
    );
    const from = { ...ports, fanout: this.fanout, reads: this.reads };
    this.sharedReads = new SharedReads(from, (who) => this.catchUp.add(who));
    this.bounds = { ...BOUNDS, ...ports.bounds };
    const { log, fanout, refs, connections } = this;
    const journaled = { log, fanout, refs, isConnected: (key: string) => this.#isConnected(key) };
    this.journal = new Journal(journaled, this.bounds.journalBytes);
    const slicer = new TimeSlicer(ports.endOfTurn);
    const isOpen = (session: string): boolean => connections.hasSession(session);
    this.receipts = new Receipts(
      { clock: ports.clock, cohorts: fanout.cohorts, refs, slicer, isOpen },
      this.bounds.receiptBytes,
    );
    this.limits = ports.limits ? Object.freeze({ ...LIMITS, ...ports.limits }) : LIMITS;
    this.puts = new Puts(
      ports.log,
      this.fanout,
      ports.native,
      this.receipts,
      this.limits,
      new BytesInFlight(this.bounds.putBytesInFlight, onFailure),
    );
    this.#heartbeat = new Heartbeat(ports.clock);
    this.#heartbeat.add(this.receipts);
    this.gate = ports.gate ?? allowAll;
    const { putsPerS: perS, putBurst: burst } = this.bounds;
    this.debts = perS === 0 ? undefined : new BurstDebts({ perS, burst }, ports.clock);
    this.filters = new PerUser(this.bounds.filtersPerUser);
    this.rations = rationsOf(this.bounds, this.limits, ports.clock, onFailure);
    this.replays = new Replays(this.bounds, ports.clock, this.catchUp);
    this.recent = new ResumeWindow(() => this.fanout.head);
    if (this.gate !== allowAll) this.recent.run(ports.clock, this.bounds.resumeWindowMs);
  }

  /**
   * A client has connected: what it says is given to the conversation's `receive`.
   * @param address where it connects from, for the gate
   * @param isLocal whether that is this machine itself: where nobody judges tokens, it has what is for operators
   */
  open(link: Link, address = '', isLocal = false): Conversation {
    const conversation = new Conversation(
      { session: this.newId(), client: '', address, isLocal },
      link,
      this,
    );
    this.add(conversation);
    return conversation;
  }

  /** An id for a session, unlike any other. */
  newId(): string {
    return this.#ports.newId();
  }

  /** A client has connected, whatever its transport. A server that stops closes it at once. */
  add(connection: Connection): void {
    this.connections.add(connection);
    this.#heartbeat.add(connection);
    if (this.#draining) connection.close(CLOSE.goingAway);
  }

  left(connection: Connection): void {
    this.#heartbeat.remove(connection);
    this.connections.remove(connection);
  }

  get retrySpreadMs(): number {
    return this.connections.retrySpreadMs;
  }

  get logAway(): { readonly logAwayMs: number } | undefined {
    return this.#away.said;
  }

  /** Why this server should be sent no clients, in words of its own; empty: it should. */
  get unready(): string[] {
    const { state } = this.log;
    return [...(state === 'reachable' ? [] : [`log-${state}`]), ...(this.reads.isStuck ? ['log-reads'] : [])];
  }

  userOf(subject: string | undefined, address: string): string {
    return userOf(subject, this.#ports.networkOf?.(address) ?? address);
  }

  /**
   * Ends others' access: closes every session of a subject, every one that a token opened, or the one of this id, for
   * good. The gate decides whether they are admitted again, and should know before. Answers the number of closed
   * sessions, once they are all closed.
   */
  revoke(revoked: Revoked): Promise<number> {
    return this.connections.revoke(revoked);
  }

  /**
   * The server is about to stop: puts are refused from now on, and every client receives a slot of its own to reconnect
   * in, as soon as it has been written all that was accepted. Other ways onto the log should be closed before.
   */
  async drain(): Promise<void> {
    this.puts.drain();
    // What was accepted has to stand before `draining`.
    this.fanout.catchUp();
    this.#draining = true;
    await this.connections.drain();
  }

  /**
   * Resolves when the log has answered every put, every session has been written all that matches it, and every put has
   * its receipt; when this many ms have passed; or when nothing moves for a second, because some may never read.
   * Receipts that are not complete then say what is known.
   */
  async settled(withinMs: number): Promise<void> {
    const untilMs = this.clock.elapsed() + withinMs;
    let before = '';
    let movedMs = this.clock.elapsed();
    for (let nowMs = movedMs; nowMs < untilMs; nowMs = this.clock.elapsed()) {
      const unfinished = this.#unfinished();
      if (unfinished === undefined) break;
      if (unfinished !== before) movedMs = nowMs;
      before = unfinished;
      if (nowMs - movedMs >= SETTLED_MS.standstill) break;
      await this.#wait(SETTLED_MS.check);
    }
    if (this.receipts.pending === 0) return;
    this.receipts.stop();
    // The receipts are written before the links are closed.
    await this.#wait(SETTLED_MS.check);
  }

  /** Writes what is gathered, then closes every client with a code that makes it reconnect. */
  async stop(): Promise<void> {
    this.fanout.stop();
    this.#heartbeat.stop();
    this.reads.stop();
    this.recent.stop();
    this.receipts.stop();
    await this.connections.closeAll();
  }

  #changed(change: LogChange): void {
    switch (change.kind) {
      case 'epoch':
        this.#restart();
        return;
      case 'state':
        if (this.#away.changed(change)) void this.connections.beat();
        return;
    }
  }

  /** Everything that goes by offsets of the log before ends. */
  #restart(): void {
    this.restarts++;
    this.fanout.finish();
    this.receipts.stop();
    void this.connections.restart();
    // Behind that: they end where fan-out was in the log before.
    this.fanout.restart();
    this.journal.restart();
    this.sharedReads.clear();
    this.recent.restart(this.log.begins);
  }

  #isConnected(key: string): boolean {
    const session = ownSessionOf(key);
    return session === undefined ? this.clients.has(key.slice(1)) : this.connections.hasSession(session);
  }

  #wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.clock.later(ms, resolve);
    });
  }

  /** How far those have come who have not everything; undefined when there are none. */
  #unfinished(): string | undefined {
    const { sessions = 0, progress = 0 } = this.connections.unfinished ?? {};
    const { pending, open } = this.receipts;
    const { inFlight } = this.puts;
    const all = sessions + pending + inFlight;
    return all === 0 ? undefined : `${sessions} ${progress} ${pending} ${open} ${inFlight}`;
  }

  #readerFailed(reader: unknown, error: unknown): void {
    this.reports.failed(error);
    for (const connection of this.connections.all) {
      if (connection.session === reader) connection.close(CLOSE.failed);
    }
  }
}
