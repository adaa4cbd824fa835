import { STATUS_CODES } from 'node:http';
import type { FastifyReply } from 'fastify';

/** Why a request failed, as an HTTP client is answered. */
export interface Problem {
  readonly status: number;
  /** Stable, for programs. */
  readonly code: string;
  /** What happened, to which input. */
  readonly reason: string;
  readonly remedy: string;
  /** When it may be worth trying again, in whole seconds. */
  readonly retryAfterS?: number | undefined;
}

/** Problem details (RFC 9457) with two members of our own: `code` and `remedy`. */
export interface ProblemDetails {
  readonly type: 'about:blank';
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  readonly remedy: string;
}

export const PROBLEM_TYPE = 'application/problem+json';

export function detailsOf({ status, code, reason, remedy }: Problem): ProblemDetails {
  // A problem of type about:blank has the title of its status.
  const title = STATUS_CODES[status] ?? 'Error';
  return { type: 'about:blank', title, status, detail: reason, code, remedy };
}

/** Answers a request with a problem. */
export function sendProblem(reply: FastifyReply, problem: Problem): FastifyReply {
  if (problem.retryAfterS !== undefined) reply.header('retry-after', problem.retryAfterS);
  // RFC 9110 requires it with 401.
  if (problem.status === 401) reply.header('www-authenticate', 'Bearer');
  const text = JSON.stringify(detailsOf(problem));
  return reply.code(problem.status).type(PROBLEM_TYPE).send(text);
}
