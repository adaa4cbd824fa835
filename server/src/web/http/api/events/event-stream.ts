import {
  CLOSE,
  type Clock,
  type GapBody,
  type SubscribeBody,
  shouldReconnect,
  TIMES,
  ZerospanError,
} from '@zerospan/shared';
import type { AccessBounds } from '../../../../core/access/bounds.ts';
import { type ConnectionIndexes, IndexedConnection } from '../../../../core/access/connection-index.ts';
import type { Requester } from '../../../../core/access/requester.ts';
import type { Close, Connection } from '../../../../core/connections.ts';
import { rejectionOf } from '../../../../core/conversation/closing.ts';
import { Expiry } from '../../../../core/conversation/expiry.ts';
import type { Reports } from '../../../../core/reports.ts';
import type { Lost } from '../../../../core/session/gaps.ts';
import type { Session } from '../../../../core/session/session.ts';
import { type OpeningBus, SessionOpening } from '../../../../core/subscribing/session-opening.ts';
import type { StreamLink, StreamOwner } from './stream-link.ts';

/** What a stream uses of the bus. */
export type StreamBus = OpeningBus & {
  readonly clock: Clock;
  readonly bounds: Pick<AccessBounds, 'connectionsPerUser'>;
  readonly connections: ConnectionIndexes;
  readonly reports: Reports;
  newId(): string;
  add(connection: Connection): void;
  left(connection: Connection): void;
};

/** What a client asks for by its request. */
export interface StreamRequest {
  readonly subscription: SubscribeBody;
  /** The epoch that its `after` belongs to. */
  readonly epoch: string | undefined;
  /** Whether it named a position that cannot be read: what it has missed since, nobody knows. */
  readonly isLost: boolean;
}

/** A stream's link, which also takes a last word. */
export interface LastWord {
  readonly link: StreamLink;
  /** Writes why the stream ends. */
  failed(error: ZerospanError): void;
}

type State =
  | { readonly kind: 'opening'; readonly failed: (error: unknown) => void }
  | { readonly kind: 'open'; readonly session: Session }
  | { readonly kind: 'closed' };

const OVER: State = { kind: 'closed' };

/**
 * One client of events, from when it was admitted: its session is prepared, begins with the answer, and ends with it.
 * It never acknowledges, so no window holds for it, and receipts count it as one that did not answer.
 */
export class EventStream implements Connection, StreamOwner {
  readonly id: string;
  /** The request names all that it subscribes to. */
  readonly isGreeted = true;
  readonly #requester: Requester;
  readonly #request: StreamRequest;
  readonly #bus: StreamBus;
  readonly #indexed: IndexedConnection;
  readonly #expiry: Expiry;
  #state: State = OVER;
  /** undefined: it has not begun. It may be closed after its session has ended. */
  #to: LastWord | undefined;
  #sinceBeatMs = 0;
  #sinceLifeMs = 0;
  /** Whether the client was sent the time at which to reconnect. */
  #isReported = false;

  constructor(requester: Requester, request: StreamRequest, bus: StreamBus) {
    this.id = bus.newId();
    this.#requester = requester.within(this.id);
    this.#request = request;
    this.#bus = bus;
    this.#indexed = new IndexedConnection(this, bus.connections);
    this.#expiry = new Expiry(bus.clock, () => this.reject(new ZerospanError('token-expired')));
  }

  get session(): Session | undefined {
    return this.#state.kind === 'open' ? this.#state.session : undefined;
  }

  /**
   * Prepares its session.
   * @returns begins it, and is to be called in the turn in which this resolves
   * @throws ZerospanError where it is rejected, or ends meanwhile; an Error for a failure
   */
  async prepare(): Promise<(to: LastWord) => void> {
    const { connections, bounds, reports } = this.#bus;
    const { subject, sender, access } = this.#requester;
    if (!connections.subjects.hasRoom(subject, bounds.connectionsPerUser, 0))
      throw reports.rejection(new ZerospanError('too-many-connections'), sender);
    const { subscription, epoch } = this.#request;
    const opening = new SessionOpening(
      this.#requester,
      { subscriptions: [subscription], epoch, acks: false },
      this.#bus,
    );
    const result = opening.results.get(subscription);
    if (result instanceof ZerospanError) throw reports.rejection(result, sender);
    let fail: (error: unknown) => void = () => {};
    const ended = new Promise<never>((_, reject) => {
      fail = (error) => {
        opening.giveUp();
        reject(error as Error);
      };
    });
    this.#state = { kind: 'opening', failed: fail };
    this.#indexed.by(access.identity);
    this.#bus.add(this);
    const found = opening.lostBefore();
    const lost = await Promise.race([ended, found ?? []]).catch((error: unknown) => {
      this.closed();
      throw error;
    });
    return (to) => this.#begin(opening, lost, to);
  }

  /** Its connection is closed. */
  closed(): void {
    this.leave(null, true);
    this.#bus.left(this);
  }

  roomAgain(): void {
    this.session?.roomAgain();
  }

  reject(error: unknown): void {
    const { kind } = this.#state;
    if (kind === 'opening') this.#end(error);
    if (kind !== 'open') return;
    if (error instanceof ZerospanError) {
      this.#bus.reports.refused(error, this.#requester.sender);
      this.#to?.failed(error);
    } else this.#bus.reports.failed(error, 'gate');
    this.leave(rejectionOf(error).close.code);
    // It comes back, and is answered by its next request whether it may.
    this.#to?.link.close(0);
  }

  drain(comeBackMs: number): void {
    const state = this.#state;
    if (state.kind === 'opening') this.#end(new ZerospanError('draining'));
    if (state.kind !== 'open') return;
    const { clock } = this.#bus;
    const slotMs = clock.elapsed() + comeBackMs;
    state.session.whenAtHead(() => {
      this.#reconnectIn(Math.max(slotMs - clock.elapsed(), 0));
      this.leave(CLOSE.goingAway.code);
      this.#to?.link.close(0);
    });
  }

  close({ code, meaning }: Close): void {
    if (this.#state.kind === 'opening') this.#end(new ZerospanError('draining', meaning));
    this.leave(code);
    // All that end at once would come back at once.
    if (shouldReconnect(code)) this.#reconnectIn(Math.random() * this.#bus.retrySpreadMs);
    this.#to?.link.close(code);
  }

  leave(code: number | null = null, isGone = false): void {
    const state = this.#state;
    this.#state = OVER;
    this.#indexed.end();
    this.#expiry.stop();
    if (state.kind === 'open') state.session.closed(code, isGone);
    // Nobody waits for its answer any more.
    if (state.kind === 'opening') state.failed(new ZerospanError('draining'));
  }

  /** Called every few seconds: writes its position when it is due, and finds a client that takes nothing any more. */
  pulse(passedMs: number): void {
    const state = this.#state;
    if (state.kind !== 'open') return;
    const link = this.#to?.link;
    this.#sinceLifeMs = link?.alive() ? 0 : this.#sinceLifeMs + passedMs;
    if (this.#sinceLifeMs >= TIMES.silenceMs) {
      this.leave(CLOSE.silent.code);
      link?.close(0);
      return;
    }
    this.#check();
    this.#sinceBeatMs += passedMs;
    if (this.#state !== state || this.#sinceBeatMs < TIMES.beatMs) return;
    this.#sinceBeatMs = 0;
    link?.say({ beat: { offset: state.session.cursor } });
  }

  #begin(opening: SessionOpening, lost: readonly Lost[], to: LastWord): void {
    const { link } = to;
    this.#to = to;
    if (this.#state.kind !== 'opening') {
      link.close(0);
      return;
    }
    const lostGap = this.#request.isLost ? this.#lostGap : undefined;
    const session = opening.begin(link, lost, ({ subscriptions }) => {
      link.isReplaying = subscriptions.some(({ replay }) => replay !== undefined);
      if (lostGap) link.say({ gap: lostGap });
    });
    if (lostGap) session.writer.reported(lostGap, 'restart');
    this.#state = { kind: 'open', session };
    // Behind all gaps: a client that is cut before it has read these receives them again.
    link.say({ beat: { offset: session.cursor } });
    this.#check();
  }

  /** Nobody knows what a client has missed whose position cannot be read. */
  get #lostGap(): GapBody {
    return {
      subscriptions: [this.#request.subscription.id],
      reason: 'restart',
      epoch: this.#bus.log.epoch,
      from: null,
      to: null,
      missed: null,
    };
  }

  #check(): void {
    const { expiresMs } = this.#requester.access.identity;
    if (expiresMs !== undefined) this.#expiry.check(expiresMs);
  }

  /** Ends it before it has begun. */
  #end(error: unknown): void {
    const state = this.#state;
    this.#state = OVER;
    if (state.kind === 'opening') state.failed(error);
  }

  #reconnectIn(comeBackMs: number): void {
    if (!this.#isReported) this.#to?.link.say({ draining: { comeBackMs } });
    this.#isReported = true;
  }
}
