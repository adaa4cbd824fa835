import { CLOSE, type Clock, LIMITS, type Limits, ZerospanError } from '@zerospan/shared';
import { type AccessBounds, BOUNDS } from './access/bounds.ts';
import { type Gate, openGate } from './access/gate.ts';
import { userOf } from './access/keys.ts';
import { Opened } from './access/opened.ts';
import { ResumeWindow } from './access/resume-window.ts';
import type { Revoked } from './access/revocations.ts';
import { Beats } from './beats.ts';
import { Clients } from './clients.ts';
import { Conversation } from './conversation/conversation.ts';
import { Fanout } from './fanout/fanout.ts';
import type { Log } from './log/log.ts';
import type { TailBounds } from './log/tail.ts';
import { BurstDebts } from './pacing/burst-debts.ts';
import { LogRations } from './pacing/log-rations.ts';
import type { NativeInterest } from './putting/put-tally.ts';
import { Puts } from './putting/puts.ts';
import { Receipts } from './receipts/receipts.ts';
import { type OperatorLog, Reports } from './reports.ts';
import { CatchUp } from './session/catchup.ts';
import type { Link } from './session/link.ts';
import { LogReads } from './session/log-reads.ts';
import { Portions } from './session/portions.ts';
import { Replays } from './session/replays.ts';
import { PerUser } from './sharing/per-user.ts';
import type { Surroundings } from './surroundings.ts';
import { type EndOfTurn, Turns } from './turns.ts';

/** What the core is put together from. */
export interface HubPorts extends OperatorLog {
  readonly log: Log;
  readonly clock: Clock;
  readonly endOfTurn: EndOfTurn;
  readonly native: NativeInterest;
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
  /** Makes an id for a session, unlike any other. */
  newId(): string;
}

/**
 * How far the first attempts of lost clients are spread: 5 ms a session, so that a thousand come back over five
 * seconds.
 */
const SPREAD_MS = { session: 5, least: 500, most: 30_000 } as const;

/** How often it is looked whether everybody has everything, and how long without any progress is borne. */
const SETTLED_MS = { look: 20, standstill: 1_000 } as const;

/** The whole core: one log, its fan-out, and every conversation. */
export class Hub implements Surroundings {
  readonly log: Log;
  readonly clock: Clock;
  readonly fanout: Fanout;
  readonly reads: LogReads;
  readonly catchUp: CatchUp;
  readonly portions: Portions;
  readonly replays: Replays;
  readonly puts: Puts;
  readonly receipts: Receipts;
  readonly gate: Gate;
  readonly bounds: AccessBounds;
  readonly limits: Limits;
  readonly clients = new Clients();
  readonly debts: BurstDebts | undefined;
  readonly rations: LogRations;
  readonly filters: PerUser;
  readonly subjects = new Opened<Conversation>();
  readonly tokens = new Opened<Conversation>();
  readonly recent: ResumeWindow;
  readonly reports: Reports;
  readonly #ports: HubPorts;
  readonly #beats: Beats;
  #draining = false;
  /** By the ids of their sessions. */
  readonly #conversations = new Map<string, Conversation>();
  readonly #turns: Turns;

  constructor(ports: HubPorts) {
    this.#ports = ports;
    this.reports = new Reports(ports);
    this.#turns = new Turns(ports.endOfTurn);
    this.log = ports.log;
    this.clock = ports.clock;
    this.fanout = new Fanout(ports.log, ports.tail, ports.endOfTurn, ports.gatheredMost);
    this.reads = new LogReads(ports.log, ports.clock);
    this.catchUp = new CatchUp(ports.endOfTurn, this.fanout, this.reads, (who, error) =>
      this.#readerFailed(who, error),
    );
    this.portions = new Portions(ports.log, this.fanout, this.reads, (who) => this.catchUp.add(who));
    this.bounds = { ...BOUNDS, ...ports.bounds };
    this.receipts = new Receipts(ports.clock, this.fanout.cohorts, this.bounds.receiptBytes);
    this.limits = ports.limits ? Object.freeze({ ...LIMITS, ...ports.limits }) : LIMITS;
    this.puts = new Puts(ports.log, this.fanout, ports.native, this.receipts, this.limits);
    this.#beats = new Beats(ports.clock);
    this.gate = ports.gate ?? openGate;
    const { putsPerS: perS, putBurst: burst } = this.bounds;
    this.debts = perS === 0 ? undefined : new BurstDebts({ perS, burst }, ports.clock);
    this.filters = new PerUser(this.bounds.filtersPerUser);
    this.rations = rationsOf(this.bounds, this.limits, ports.clock);
    this.replays = new Replays(this.bounds, ports.clock, this.catchUp);
    this.recent = new ResumeWindow(() => this.fanout.head);
    if (this.gate !== openGate) this.recent.run(ports.clock, this.bounds.resumeWindowMs);
  }

  /**
   * A client has connected: what it says is given to the conversation's `receive`.
   * @param address where it connects from, for the gate
   */
  open(link: Link, address = ''): Conversation {
    const conversation = new Conversation({ id: this.#ports.newId(), address }, link, this);
    this.#conversations.set(conversation.id, conversation);
    this.#beats.add(conversation);
    if (this.#draining) conversation.close(CLOSE.goingAway);
    return conversation;
  }

  left(conversation: Conversation): void {
    this.#beats.remove(conversation);
    this.#conversations.delete(conversation.id);
  }

  get conversations(): Iterable<Conversation> {
    return this.#conversations.values();
  }

  get connections(): number {
    return this.#conversations.size;
  }

  get retrySpreadMs(): number {
    return Math.min(Math.max(this.#conversations.size * SPREAD_MS.session, SPREAD_MS.least), SPREAD_MS.most);
  }

  userOf(subject: string | undefined, address: string): string {
    return userOf(subject, this.#ports.networkOf?.(address) ?? address);
  }

  /**
   * Ends others' access: closes every session of a subject, every one that a token opened, or the one of this id, for
   * good. Whether they come in again is the gate's to say, and it should know before. Answers how many there were, once
   * they are all closed.
   */
  async revoke(whose: Revoked): Promise<number> {
    const concerned = [...this.#openedBy(whose)];
    const revoked = new ZerospanError('revoked');
    if (concerned.length > 0)
      await this.#turns.each(concerned, (conversation) => conversation.turnAway(revoked));
    return concerned.length;
  }

  /** Looked up, never looked for: a file may name a hundred thousand at once. */
  #openedBy(whose: Revoked): Iterable<Conversation> {
    if ('subject' in whose) return this.subjects.of(whose.subject);
    if ('token' in whose) return this.tokens.of(whose.token);
    const one = this.#conversations.get(whose.session);
    return one ? [one] : [];
  }

  /**
   * The server is about to stop: puts are refused from now on, and every client is told a slot of its own to come back
   * in, as soon as it has been written all that was accepted. Other ways onto the log should be closed before.
   */
  async drain(): Promise<void> {
    this.puts.drain();
    // What was accepted has to stand before `draining`.
    this.fanout.catchUp();
    this.#draining = true;
    const slotMs = this.retrySpreadMs / Math.max(this.connections, 1);
    let slot = 0;
    await this.#turns.each(this.conversations, (conversation) =>
      conversation.drain(Math.round((slot++ + 0.5) * slotMs)),
    );
  }

  /**
   * Resolves when every session has been written what it wants, and every put has been told who got it; when this many
   * ms have passed; or when nothing moves for a second, because some may never read. Who asked is told then what is
   * known.
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
      await this.#wait(SETTLED_MS.look);
    }
    if (this.receipts.pending === 0) return;
    this.receipts.stop();
    // What they are told is written before anybody closes the links.
    await this.#wait(SETTLED_MS.look);
  }

  /** Writes what is gathered, then closes every client, telling it to come back. */
  async stop(): Promise<void> {
    this.fanout.stop();
    this.#beats.stop();
    this.reads.stop();
    this.recent.stop();
    await this.#turns.each(this.conversations, (conversation) => conversation.close(CLOSE.goingAway));
  }

  #wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.clock.later(ms, resolve);
    });
  }

  /** How far those have come who have not everything; undefined when there are none. */
  #unfinished(): string | undefined {
    let sessions = 0;
    let progress = 0;
    for (const { session } of this.conversations) {
      if (!session?.isUnfinished) continue;
      sessions++;
      progress += session.progress;
    }
    const { pending, open } = this.receipts;
    return sessions + pending === 0 ? undefined : `${sessions} ${progress} ${pending} ${open}`;
  }

  #readerFailed(reader: unknown, error: unknown): void {
    this.reports.failed(error);
    for (const conversation of this.conversations) {
      if (conversation.session === reader) conversation.close(CLOSE.failed);
    }
  }
}

/** What one put may take is there at some time: it would wait for ever. */
function rationsOf(
  { putBytesPerS: perS, putBurstBytes }: AccessBounds,
  { putBytes }: Limits,
  clock: Clock,
): LogRations {
  return new LogRations({ perS, burst: Math.max(putBurstBytes, putBytes) }, clock);
}
