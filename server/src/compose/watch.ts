import { type Code, ZerospanError } from '@zerospan/shared';
import { REMEDIES, TokenRefusal } from '../auth/tokens/refusal.ts';
import type { Gate, Visitor } from '../core/access/gate.ts';
import type { Sender } from '../core/reports.ts';
import type { SecurityEvent, SecurityEvents } from '../security-events.ts';

/** What the core refuses for want of a right, as a security event. */
const EVENTS: Partial<Record<Code, SecurityEvent>> = {
  unauthorized: 'token-refused',
  'token-expired': 'token-expired',
  forbidden: 'forbidden',
  'too-many-connections': 'connection-refused',
};

/** Tells of each who is refused by the gate or by the core, in words that hold nothing of a token. */
export class Watch {
  readonly #events: SecurityEvents;
  /** What the gate says goes through the core as well, and is told once. */
  readonly #told = new WeakSet<ZerospanError>();

  constructor(events: SecurityEvents) {
    this.#events = events;
  }

  /** The same gate, watched. */
  over(gate: Gate): Gate {
    const turnedAway = (error: unknown, visitor: Visitor): never => {
      this.#turnedAway(error, visitor);
      throw error;
    };
    return {
      admit(token, visitor) {
        try {
          const answer = gate.admit(token, visitor);
          return 'then' in answer ? answer.catch((error: unknown) => turnedAway(error, visitor)) : answer;
        } catch (error) {
          return turnedAway(error, visitor);
        }
      },
    };
  }

  /** Told of each message that the core refuses. */
  refused(fault: ZerospanError, { session, address, subject }: Partial<Sender> = {}): void {
    const event = EVENTS[fault.code];
    if (event === undefined || this.#told.has(fault)) return;
    const limit = event === 'connection-refused' ? 'limits.connectionsPerUser' : undefined;
    this.#events.tell(event, { address, session, subject, limit });
  }

  #turnedAway(error: unknown, { session, address }: Visitor): void {
    // Anything else is a failure of the gate's own, and no fault of who came.
    if (!(error instanceof ZerospanError)) return;
    this.#told.add(error);
    const about = { address, session: session === '' ? undefined : session };
    // An application's own gate knows its remedies itself.
    const [why, remedy] =
      error instanceof TokenRefusal ? [error.why, REMEDIES[error.why]] : [error.code, undefined];
    this.#events.tell('token-refused', { ...about, why, remedy });
  }
}
