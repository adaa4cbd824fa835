import { type Code, ZerospanError } from '@zerospan/shared';
import { REMEDIES, TokenRefusal } from '../auth/tokens/refusal.ts';
import type { Gate, Visitor } from '../core/access/gate.ts';
import type { Sender } from '../core/reports.ts';
import type { SecurityEvent, SecurityEvents } from '../security-events.ts';

/** Security events, by the code with which the core refuses a client that lacks a right. */
const EVENTS: Partial<Record<Code, SecurityEvent>> = {
  unauthorized: 'token-refused',
  'token-expired': 'token-expired',
  forbidden: 'forbidden',
  'too-many-connections': 'connection-refused',
};

/** Reports each client that the gate or the core refuses, without anything of its token. */
export class Watch {
  readonly #events: SecurityEvents;
  /** Errors of the gate pass through the core as well, and are reported once. */
  readonly #reported = new WeakSet<ZerospanError>();

  constructor(events: SecurityEvents) {
    this.#events = events;
  }

  /** The same gate, watched. */
  over(gate: Gate): Gate {
    const rejected = (error: unknown, visitor: Visitor): never => {
      this.#rejected(error, visitor);
      throw error;
    };
    return {
      admit(token, visitor) {
        try {
          const answer = gate.admit(token, visitor);
          return 'then' in answer ? answer.catch((error: unknown) => rejected(error, visitor)) : answer;
        } catch (error) {
          return rejected(error, visitor);
        }
      },
    };
  }

  /** Called for each message that the core refuses. */
  refused(fault: ZerospanError, { session, address, subject }: Partial<Sender> = {}): void {
    const event = EVENTS[fault.code];
    if (event === undefined || this.#reported.has(fault)) return;
    const limit = event === 'connection-refused' ? 'limits.connectionsPerUser' : undefined;
    this.#events.report(event, { address, session, subject, limit });
  }

  #rejected(error: unknown, { session, address }: Visitor): void {
    // Anything else is a failure of the gate's own, and no fault of who came.
    if (!(error instanceof ZerospanError)) return;
    this.#reported.add(error);
    const about = { address, session: session === '' ? undefined : session };
    // An application's own gate knows its remedies itself.
    const [why, remedy] =
      error instanceof TokenRefusal ? [error.why, REMEDIES[error.why]] : [error.code, undefined];
    this.#events.report('token-refused', { ...about, why, remedy });
  }
}
