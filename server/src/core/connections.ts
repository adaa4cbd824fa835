import { CLOSE, ZerospanError } from '@zerospan/shared';
import { ConnectionIndex, type OtherConnections } from './access/connection-index.ts';
import type { Revocable, Revoked } from './access/revocations.ts';
import type { Pulsed } from './heartbeat.ts';
import type { Session } from './session/session.ts';
import type { TimeSlicer } from './time-slicer.ts';

/** A close code and what it means. */
export interface Close {
  readonly code: number;
  readonly meaning: string;
}

/**
 * PORT: a client's connection, whatever its transport, as the bus knows it.
 *
 * - A transport MUST hand it to the hub's `add` when the client has connected, and call `left` once when it has ended,
 *   by either side.
 * - From when its identity is known to its end it MUST be among {@link Connections.subjects} and `tokens`, or its
 *   access could not be revoked.
 * - `reject` and `close` MUST end its session in the same turn, and do nothing once it has ended.
 * - `pulse` is called every few seconds: it MUST report the position of its session as often as its protocol asks for.
 */
export interface Connection extends Revocable, Pulsed {
  /** Its session's, unlike any other. */
  readonly id: string;
  /** undefined before its session begins, and after it has ended. */
  readonly session: Session | undefined;
  /** Whether its client has said `hello`, or what its transport has in place of it. */
  readonly isGreeted: boolean;
  /**
   * Its session ends, and nothing of it is written any more; it is closed later.
   * @param code null: its client was lost
   */
  leave(code?: number | null): void;
  /** The server stops: the client receives in how many ms to reconnect, behind everything that it is subscribed to. */
  drain(comeBackMs: number): void;
  /** Ends it from this side. */
  close(close: Close): void;
}

/**
 * How far the first attempts of lost clients are spread: 5 ms a session, so that a thousand come back over five
 * seconds.
 */
const SPREAD_MS = { session: 5, least: 500, most: 30_000 } as const;

/** All connections that are open. */
export class Connections {
  readonly subjects: ConnectionIndex;
  /** By the ids of their tokens (`jti`). */
  readonly tokens = new ConnectionIndex();
  readonly #slicer: TimeSlicer;
  readonly #all = new Map<string, Connection>();
  /** Of sessions that have had any: most never do. */
  readonly #refusals = new Map<string, number>();

  /** @param others those of the same subjects on other nodes */
  constructor(slicer: TimeSlicer, others?: OtherConnections) {
    this.subjects = new ConnectionIndex(others);
    this.#slicer = slicer;
  }

  get size(): number {
    return this.#all.size;
  }

  get all(): Iterable<Connection> {
    return this.#all.values();
  }

  /** The window, in ms, in which a client that loses this server makes its first attempt to reconnect. */
  get retrySpreadMs(): number {
    return Math.min(Math.max(this.#all.size * SPREAD_MS.session, SPREAD_MS.least), SPREAD_MS.most);
  }

  /** Whether a session of this id has begun, and not ended. */
  hasSession(id: string): boolean {
    return this.#all.get(id)?.session !== undefined;
  }

  add(connection: Connection): void {
    this.#all.set(connection.id, connection);
  }

  remove(connection: Connection): void {
    this.#all.delete(connection.id);
    this.#refusals.delete(connection.id);
  }

  /** The one of this id, while it is open. */
  get(id: string): Connection | undefined {
    return this.#all.get(id);
  }

  /** A request of a session was refused. One that is not open any more is not counted: nothing would end its count. */
  refused(id: string): void {
    if (this.#all.has(id)) this.#refusals.set(id, this.refusalsOf(id) + 1);
  }

  /** How many requests of a session were refused. */
  refusalsOf(id: string): number {
    return this.#refusals.get(id) ?? 0;
  }

  /** Closes every connection that somebody's access has opened. @returns how many, once all are closed */
  async revoke(revoked: Revoked): Promise<number> {
    const concerned = [...this.#openedBy(revoked)];
    const fault = new ZerospanError('revoked');
    if (concerned.length > 0) await this.#slicer.each(concerned, (connection) => connection.reject(fault));
    return concerned.length;
  }

  /** Closes every connection that a gate has admitted by name. @param error as for `Revocable.reject` */
  rejectAdmitted(error: unknown): Promise<void> {
    const admitted = new Set([...this.subjects.all(), ...this.tokens.all()]);
    return this.#slicer.each(admitted, (connection) => connection.reject(error));
  }

  /** Gives each client a slot of its own, in which it reconnects. */
  drain(): Promise<void> {
    const slotMs = this.retrySpreadMs / Math.max(this.size, 1);
    let slot = 0;
    return this.#slicer.each(this.all, (connection) => connection.drain(Math.round((slot++ + 0.5) * slotMs)));
  }

  /** Each client hears of the log now, and not by its next beat. */
  beat(): Promise<void> {
    return this.#slicer.each(this.all, ({ session }) => session?.writer.beat(session.cursor));
  }

  closeAll(): Promise<void> {
    return this.#slicer.each(this.all, (connection) => connection.close(CLOSE.goingAway));
  }

  /**
   * The log is another one: every session ends in this turn, because its positions mean nothing any more, and every
   * client reconnects.
   */
  restart(): Promise<void> {
    const greeted = [...this.all].filter(({ isGreeted }) => isGreeted);
    for (const connection of greeted) connection.leave(CLOSE.goingAway.code);
    return this.#slicer.each(greeted, (connection) => connection.close(CLOSE.goingAway));
  }

  /** How far those sessions have come that have not everything; undefined when there are none. */
  get unfinished(): { readonly sessions: number; readonly progress: number } | undefined {
    let sessions = 0;
    let progress = 0;
    for (const { session } of this.all) {
      if (!session?.isUnfinished) continue;
      sessions++;
      progress += session.progress;
    }
    return sessions === 0 ? undefined : { sessions, progress };
  }

  /** Looked up, never looked for: a file may name a hundred thousand at once. */
  #openedBy(revoked: Revoked): Iterable<Revocable> {
    if ('subject' in revoked) return this.subjects.of(revoked.subject);
    if ('token' in revoked) return this.tokens.of(revoked.token);
    const one = this.#all.get(revoked.session);
    return one ? [one] : [];
  }
}
