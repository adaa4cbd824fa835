import { type Code, type ErrorBody, type GapReason, ZerospanError } from '@zerospan/shared';

/** The client that sent a message, as far as it is known. */
export interface Sender {
  readonly session: string;
  /** Where it connects from; '' where that is not known. */
  readonly address: string;
  /** undefined before it is admitted, and where access control is off. */
  readonly subject: string | undefined;
}

/** What has failed: the gate, which may be an application's own code, or anything else of a session. */
export type FailedPart = 'gate' | 'session';

/** PORT: where the operator hears of rejections and failures. It MUST NOT throw. */
export interface OperatorLog {
  /** Something that should not happen: a log that fails, a fault of our own. */
  onFailure(error: unknown, of?: FailedPart): void;
  /** Each message that is rejected, and each client. @param sender left out where no right was missing */
  readonly onRefused?: ((fault: ZerospanError, sender?: Sender) => void) | undefined;
}

/** PORT: counts the requests of each session that were refused. */
export interface RefusedSessions {
  /** @param id of a session that may have ended; '': of none */
  refused(id: string): void;
}

/** What the rooms of the core report: counted for the metrics, and passed on to the operator. */
export class Reports {
  /** Gaps reported to clients, by reason. */
  readonly gaps = new Map<GapReason, number>();
  /** Messages rejected, by code. */
  readonly refusals = new Map<Code, number>();
  readonly #operator: OperatorLog;
  readonly #sessions: RefusedSessions;
  #holds = 0;

  constructor(operator: OperatorLog, sessions: RefusedSessions) {
    this.#operator = operator;
    this.#sessions = sessions;
  }

  /** How often a source of puts was held because its client puts too fast. */
  get holds(): number {
    return this.#holds;
  }

  gap(reason: GapReason): void {
    this.gaps.set(reason, (this.gaps.get(reason) ?? 0) + 1);
  }

  held(): void {
    this.#holds += 1;
  }

  /** @param sender left out where no right was missing */
  refused(fault: ZerospanError, sender?: Sender): void {
    const { code } = fault;
    this.refusals.set(code, (this.refusals.get(code) ?? 0) + 1);
    if (sender) this.#sessions.refused(sender.session);
    this.#operator.onRefused?.(fault, sender);
  }

  /**
   * Something thrown rejects a request. What is no ZerospanError is a failure of the log.
   * @returns what the client is to be answered
   */
  rejection(error: unknown, sender: Sender): ZerospanError {
    const fault =
      error instanceof ZerospanError ? error : new ZerospanError('log-failed', undefined, { cause: error });
    // Without a cause it is a state of the log, such as a full disk, which is reported once, and not for each put.
    if (fault.code === 'log-failed' && fault.cause !== undefined) this.failed(fault.cause);
    this.refused(fault, sender);
    return fault;
  }

  failed(error: unknown, of?: FailedPart): void {
    this.#operator.onFailure(error, of);
  }
}

/** Where no operator's log is given: the failure is the process's, like any that nobody has caught. */
export function uncaught(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}

/** Longest reason that is sent, in characters: it may quote a name of any length (F10). */
export const REASON_MOST = 1_000;

/** A fault as `error` and `refused` say it. */
export function saidOf({ code, message, remedy }: ZerospanError): ErrorBody {
  const reason = message.length > REASON_MOST ? `${message.slice(0, REASON_MOST - 1)}…` : message;
  return { code, reason, remedy };
}
