import type { Clock } from '@zerospan/shared';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Meter, meter } from '../../core/meter.ts';
import type { SecurityEvents } from '../../security-events.ts';
import type { Settings } from '../../settings/settings.ts';
import { Admission } from './admission.ts';
import { addressOf } from './caller.ts';
import { type ConnectionLimit, ConnectionLimiter } from './connection-limiter.ts';
import { cureOfLimit, type Given } from './cures.ts';
import { refuse } from './refusals.ts';

export type DoorwayLimits = Pick<
  Settings['limits'],
  'connections' | 'connectionsPerAddress' | 'handshakesPerS'
>;

/** Which limit a client may reach as it connects; the name of its setting in `limits`. */
export type EntryLimit = ConnectionLimit | 'handshakesPerS';

/**
 * Where WebSockets and streams of events come in: as many as there may be, in all and from one address, at the pace
 * that was set.
 */
export class Doorway {
  readonly #limiter: ConnectionLimiter;
  readonly #admission: Admission;
  readonly #events: SecurityEvents;
  readonly #refused = new Map<EntryLimit, number>([
    ['connections', 0],
    ['connectionsPerAddress', 0],
    ['handshakesPerS', 0],
  ]);

  readonly #given: Given;

  /** @param given how the operator raises a limit */
  constructor(limits: DoorwayLimits, clock: Clock, events: SecurityEvents, given: Given) {
    this.#limiter = new ConnectionLimiter(limits.connections, limits.connectionsPerAddress);
    this.#admission = new Admission(limits.handshakesPerS, clock);
    this.#events = events;
    this.#given = given;
  }

  /** Calls `go` when its turn has come, or answers with a refusal. */
  enter(request: FastifyRequest, reply: FastifyReply, go: () => void): void {
    const limit = this.admit(request, go);
    if (limit !== undefined) refuse(request, reply, limit);
  }

  /**
   * Calls `go` when its turn has come. Its place is free again when its connection closes.
   * @returns the limit that is reached, reported to the operator; undefined: none
   */
  admit(request: FastifyRequest, go: () => void): EntryLimit | undefined {
    // A place first: those who wait for their turn are connected already.
    const limit: EntryLimit | undefined =
      this.#limiter.enter(request.raw.socket, () => addressOf(request)) ??
      (this.#admission.enter(go) ? undefined : 'handshakesPerS');
    if (limit === undefined) return undefined;
    this.#refused.set(limit, (this.#refused.get(limit) ?? 0) + 1);
    const address = addressOf(request);
    const remedy = cureOfLimit(limit, address, this.#given);
    this.#events.report('connection-refused', { address, limit: `limits.${limit}`, remedy });
    return limit;
  }

  /** Connections that count towards the limit, those being admitted included. */
  get taken(): number {
    return this.#limiter.size;
  }

  get meters(): Meter[] {
    return [
      meter(
        'gauge',
        'zerospan_connections_waiting',
        'WebSocket handshakes and requests for events that wait for admission',
        () => this.#admission.waiting,
      ),
      meter(
        'gauge',
        'zerospan_connections_taken',
        'Connections that count towards limits.connections, those being admitted included',
        () => this.taken,
      ),
      {
        kind: 'counter',
        name: 'zerospan_connections_refused_total',
        help: 'WebSocket handshakes and requests for events rejected, by the limit that was reached',
        label: 'limit',
        read: () => this.#refused,
      },
    ];
  }
}
