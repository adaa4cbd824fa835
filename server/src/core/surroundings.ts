import type { Clock, Limits } from '@zerospan/shared';
import type { AccessBounds } from './access/bounds.ts';
import type { Gate } from './access/gate.ts';
import type { Openers } from './access/opened.ts';
import type { ResumeWindow } from './access/resume-window.ts';
import type { Clients } from './clients.ts';
import type { Conversation } from './conversation/conversation.ts';
import type { Log } from './log/log.ts';
import type { BurstDebts } from './pacing/burst-debts.ts';
import type { LogRations } from './pacing/log-rations.ts';
import type { Puts } from './putting/puts.ts';
import type { Receipts } from './receipts/receipts.ts';
import type { Reports } from './reports.ts';
import type { SessionBus } from './session/session.ts';
import type { PerUser } from './sharing/per-user.ts';

/** What a conversation and its session use of the bus. The hub is all this; they do not know the hub. */
export interface Surroundings extends Openers<Conversation>, SessionBus {
  readonly log: Log;
  readonly clock: Clock;
  readonly puts: Puts;
  readonly receipts: Receipts;
  readonly gate: Gate;
  readonly bounds: AccessBounds;
  readonly reports: Reports;
  /** What a session may have and say, as `welcome` tells it: one object for all of them. */
  readonly limits: Limits;
  readonly clients: Clients;
  /** What closed sessions lack of their burst; undefined: requests have no pace. */
  readonly debts: BurstDebts | undefined;
  /** The filters of each user's sessions. */
  readonly filters: PerUser;
  /** How many bytes of the log each user may put. */
  readonly rations: LogRations;
  readonly recent: ResumeWindow;
  /** For whose share of the server's bounds a client counts. */
  userOf(subject: string | undefined, address: string): string;
  /** Told once of each conversation, when nothing more will come of it. */
  left(conversation: Conversation): void;
}
