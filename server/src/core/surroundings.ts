import type { Clock, GapReason, Limits, ZerospanError } from '@zerospan/shared';
import type { AccessBounds } from './access/bounds.ts';
import type { Gate } from './access/gate.ts';
import type { Openers } from './access/opened.ts';
import type { ResumeWindow } from './access/resume-window.ts';
import type { Clients } from './clients.ts';
import type { Conversation } from './conversation/conversation.ts';
import type { LogRations } from './conversation/log-rations.ts';
import type { Puts } from './conversation/puts.ts';
import type { Shortfalls } from './conversation/shortfalls.ts';
import type { Fanout } from './fanout/fanout.ts';
import type { Log } from './log/log.ts';
import type { Receipts } from './receipts/receipts.ts';
import type { CatchUp } from './session/catchup.ts';
import type { Portions } from './session/portions.ts';
import type { Replays } from './session/replays.ts';
import type { PerUser } from './sharing/per-user.ts';

/** Who sent a message, as far as it is known. */
export interface Whose {
  readonly session: string;
  /** Where its client connects from; '' where that is not known. */
  readonly address: string;
  /** undefined before it is let in, and where nobody is asked. */
  readonly subject: string | undefined;
}

/** What has failed: the gate, which may be an application's own code, or anything else of a session. */
export type FailedPart = 'gate' | 'session';

/** What a conversation and its session use of the bus. The hub is all this; they do not know the hub. */
export interface Surroundings extends Openers<Conversation> {
  readonly log: Log;
  readonly clock: Clock;
  readonly fanout: Fanout;
  readonly catchUp: CatchUp;
  readonly portions: Portions;
  readonly replays: Replays;
  readonly puts: Puts;
  readonly receipts: Receipts;
  readonly gate: Gate;
  readonly bounds: AccessBounds;
  /** What a session may have and say, as `welcome` tells it: one object for all of them. */
  readonly limits: Limits;
  readonly clients: Clients;
  /** What sessions that have left lacked of their burst; used where there is a pace. */
  readonly shortfalls: Shortfalls;
  /** The filters of each user's sessions. */
  readonly filters: PerUser;
  /** How many bytes of the log each user may put. */
  readonly rations: LogRations;
  readonly recent: ResumeWindow;
  /** The window in which a client that loses this server makes its first attempt. */
  readonly retrySpreadMs: number;
  /** For whose share of the server's bounds a client counts. */
  userOf(subject: string | undefined, address: string): string;
  /** Told once of each conversation, when nothing more will come of it. */
  left(conversation: Conversation): void;
  /** Told of each gap, for the metrics. */
  onGap(reason: GapReason): void;
  /** Told each time that a link is held because its client puts too fast, for the metrics. */
  held(): void;
  /**
   * Told of each message refused, for the metrics and the operator.
   * @param whose left out where no right was wanting
   */
  refused(fault: ZerospanError, whose?: Whose): void;
  /** Told of what should not happen: a log that fails, a fault of our own. */
  onFailure(error: unknown, of?: FailedPart): void;
}
