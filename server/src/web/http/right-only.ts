import { CODES, type Code, ZerospanError } from '@zerospan/shared';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { lacking } from '../../core/access/operators.ts';
import type { SecurityEvents } from '../../security-events.ts';
import { addressOf } from '../entry/caller.ts';
import { PROBLEMS } from './api/problems.ts';
import { bearerOf, identityOf, type Judge, withoutToken } from './bearer.ts';

/** When it may be worth asking again where the gate fails, in whole seconds: its keys may be there by then. */
const RETRY_AFTER_S = 10;

/** A right of a token to something that is no channel's. */
export type Right = 'admin' | 'metrics';

/** Judges which token has a right, and logs a failure to judge. */
export interface Doorkeeper extends Judge {
  readonly events: Pick<SecurityEvents, 'report'>;
}

/**
 * Lets a request pass that brings a bearer token whose grants say this right, or `admin`; answers any other `{ code,
 * reason, remedy }` with 401 or 403, and with 503 where its token cannot be judged yet, and where the gate fails or has
 * not answered within `GATE_MS`. For `onRequest`: before the body is read, because a stranger's is none of our
 * business.
 */
export async function rightOnly(
  right: Right,
  doorkeeper: Doorkeeper,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  let refused: ZerospanError | undefined;
  try {
    refused = await refusalOf(right, doorkeeper, request);
  } catch (error) {
    const reason = withoutToken(String(error), bearerOf(request));
    doorkeeper.events.report('gate-failed', { address: addressOf(request), reason });
    reply.header('retry-after', RETRY_AFTER_S);
    await answer(reply, 503, {
      code: 'gate-failed',
      reason: 'The token could not be judged.',
      remedy: "Ask again later; the server's log says why.",
    });
    return;
  }
  if (refused === undefined) return;
  if (refused.code === 'key-not-known') {
    reply.header('retry-after', RETRY_AFTER_S);
    await answer(reply, 503, answerOf(refused));
    return;
  }
  // 403: a valid token without the right; 401: an invalid token, and the challenge for another one.
  const isForbidden = refused.code === 'forbidden';
  if (!isForbidden) reply.header('www-authenticate', 'Bearer');
  await answer(reply, isForbidden ? 403 : 401, answerOf(refused));
}

/** The body of an answer that rejects a request. */
export interface Answer {
  readonly code: string;
  readonly reason: string;
  readonly remedy: string;
}

export function answer(reply: FastifyReply, status: number, { code, reason, remedy }: Answer): FastifyReply {
  return reply.code(status).send({ code, reason, remedy });
}

/** As over `/v1`: what a WebSocket client does about it is of no use to curl or to Prometheus. */
function answerOf({ code, message, remedy }: ZerospanError): Answer {
  // It says which right is missing.
  if (code === 'forbidden') return { code, reason: message, remedy };
  const problems: Partial<Record<Code, Answer>> = PROBLEMS;
  return problems[code] ?? { code, reason: CODES[code].meaning, remedy: CODES[code].remedy };
}

/** Why the request is refused; undefined when it is allowed. */
async function refusalOf(
  right: Right,
  doorkeeper: Doorkeeper,
  request: FastifyRequest,
): Promise<ZerospanError | undefined> {
  try {
    const identity = await identityOf(doorkeeper, bearerOf(request), { address: addressOf(request) });
    const { grants } = identity;
    return grants.admin || grants[right] ? undefined : lacking(right, identity);
  } catch (error) {
    if (error instanceof ZerospanError) return error;
    throw error;
  }
}
