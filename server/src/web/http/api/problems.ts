import { CODES, type Code, type ZerospanError } from '@zerospan/shared';
import { saidOf } from '../../../core/reports.ts';
import { REFUSALS } from '../../entry/refusals.ts';
import type { Problem } from '../problem.ts';

/** What a code is over HTTP. */
interface Answer {
  readonly status: number;
  readonly reason?: string;
  /** Where what one does over WebSocket is of no use here. */
  readonly remedy?: string;
  readonly retryAfterS?: number;
}

/** The status of each code with which the core rejects something. A code that the guard has as well is in REFUSALS. */
const ANSWERS = {
  'bad-message': { status: 400, remedy: 'Send what docs/http.md says.' },
  'bad-hello': { status: 400 },
  'bad-subprotocol': { status: 400 },
  'bad-ack': { status: 400 },
  'window-full': { status: 503, retryAfterS: 5 },
  'hello-timeout': { status: 408 },
  unauthorized: {
    status: 401,
    remedy: 'Send a token that was made for this server: Authorization: Bearer TOKEN.',
  },
  'token-expired': { status: 401, remedy: 'Send a new token.' },
  'key-not-known': {
    status: 503,
    remedy: 'Retry within a minute, when the server has fetched the keys again.',
    retryAfterS: 10,
  },
  revoked: { status: 401 },
  forbidden: { status: 403 },
  'bad-id': { status: 400 },
  'bad-filter': {
    status: 400,
    remedy:
      'Name at least one: ?channel=NAME, ?prefix=START or ?all. Names are 1 to 255 bytes without white space or ' +
      'control characters.',
  },
  'too-many-filters': { status: 400 },
  'too-many-subscriptions': { status: 400 },
  'bad-replay': {
    status: 400,
    remedy:
      'Give one of ?last and ?since to events, one of ?after and ?at to history, and positions as this server ' +
      'answered them.',
  },
  'no-channels': { status: 400, remedy: 'Name at least one channel: ?channel=NAME.' },
  'bad-channel': { status: 400 },
  'reserved-channel': { status: 403 },
  'too-many-channels': { status: 400 },
  'no-payload': { status: 400, remedy: "Send the payload's JSON text as the body; null is a payload." },
  'bad-payload': { status: 400 },
  'too-large': { status: 413 },
  'too-deep': { status: 400 },
  'put-conflict': {
    status: 409,
    reason: 'The Idempotency-Key was used for another put.',
    remedy: 'Use a new Idempotency-Key for each put, such as a UUID.',
  },
  'too-many-names': { status: 503, retryAfterS: 10 },
  'log-failed': { status: 503, retryAfterS: 5 },
  'outcome-unknown': { status: 409 },
  'bad-confirm': { status: 400, remedy: 'Give confirmMs from 1 to 60000.' },
  'too-many-confirms': {
    status: 429,
    remedy: 'Wait for earlier ones, reduce their confirmMs, or put without it.',
    retryAfterS: 1,
  },
  lag: { status: 503, retryAfterS: 1 },
} as const satisfies Partial<Record<Code, Answer>>;

/** Problems that only HTTP has. */
const OF_HTTP = {
  'bad-request': {
    status: 400,
    code: 'bad-request',
    reason: 'The request is not one that this address takes.',
    remedy: 'Send what docs/http.md says.',
  },
  'not-found': {
    status: 404,
    code: 'not-found',
    reason: 'The API has no route at this address.',
    remedy:
      'Use POST /v1/put, POST /v1/puts, GET /v1/events, GET /v1/history, POST and DELETE /v1/session, or ' +
      'GET /v1/status, /v1/sessions, /v1/channels, /v1/explain and /v1/settings; /openapi.json describes them.',
  },
  'unknown-session': {
    status: 404,
    code: 'unknown-session',
    reason: 'No session that is open has this id, and no client this ref.',
    remedy: 'List those that are open: GET /v1/sessions.',
  },
  'method-not-allowed': {
    status: 405,
    code: 'method-not-allowed',
    reason: 'The route at this address does not take this method.',
    remedy: 'Use a method that the header Allow names.',
  },
  'bad-encoding': {
    status: 415,
    code: 'bad-encoding',
    reason: 'The body is compressed, or encoded in another way.',
    remedy: 'Send the body as it is, without Content-Encoding.',
  },
  'gate-failed': {
    status: 503,
    code: 'gate-failed',
    reason: 'The token could not be judged.',
    remedy: "Retry later; the server's log says why.",
    retryAfterS: 10,
  },
  'request-timeout': {
    status: 408,
    code: 'request-timeout',
    reason: 'Nothing came for longer than limits.bodyMs.',
    remedy: 'Put the rest by a new request; end one that has nothing to put.',
  },
  'too-many-reads': {
    status: 429,
    code: 'too-many-reads',
    reason: 'More is read at once than the log, limits.replayEntriesPerS or the server allows.',
    remedy: 'Retry after a second, and read one page at a time.',
    retryAfterS: 1,
  },
  failed: {
    status: 500,
    code: 'failed',
    reason: 'The server failed at this request.',
    remedy: "The server's log says why.",
  },
} as const satisfies Record<string, Problem>;

/** Every problem of the API, by code. `docs/http.md` is generated from it, and tests go by it. */
export const PROBLEMS: Readonly<
  Record<keyof typeof ANSWERS | keyof typeof OF_HTTP | 'too-many-connections' | 'draining', Problem>
> = {
  ...(Object.fromEntries(
    Object.entries<Answer>(ANSWERS).map(([code, answer]) => {
      const { meaning, remedy } = CODES[code as Code];
      return [code, { code, reason: meaning, remedy, ...answer }];
    }),
  ) as Record<keyof typeof ANSWERS, Problem>),
  'too-many-connections': REFUSALS.connections,
  draining: REFUSALS.draining,
  ...OF_HTTP,
};

const { connections, connectionsPerAddress, handshakesPerS } = REFUSALS;
const BEFORE_CORE = { ...OF_HTTP, connections, connectionsPerAddress, handshakesPerS } as const;

/** A request that the API rejects before the core is asked. */
export class RejectedRequest extends Error {
  readonly problem: Problem;

  constructor(name: keyof typeof BEFORE_CORE, reason: string = BEFORE_CORE[name].reason) {
    super(reason);
    this.problem = { ...BEFORE_CORE[name], reason };
  }
}

/** What the core rejects, as the same problem that the list has. */
export function problemOf(fault: ZerospanError): Problem {
  const { code, reason, remedy } = saidOf(fault);
  const listed = (PROBLEMS as Readonly<Record<string, Problem | undefined>>)[code];
  if (!listed) return { ...PROBLEMS.failed, code, reason, remedy };
  // A rejection may know better than its code what happened, and what to do.
  const { meaning, remedy: usual } = CODES[fault.code];
  return {
    ...listed,
    reason: reason === meaning ? listed.reason : reason,
    remedy: remedy === usual ? listed.remedy : remedy,
  };
}
