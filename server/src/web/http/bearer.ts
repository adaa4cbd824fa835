import type { Clock } from '@zerospan/shared';
import type { FastifyRequest } from 'fastify';
import { ask } from '../../core/access/ask.ts';
import type { Gate, Identity, Visitor } from '../../core/access/gate.ts';

/** Judges tokens of requests. */
export interface Judge {
  readonly gate: Gate;
  readonly clock: Clock;
}

/** The token of the header Authorization; undefined: it has none, or another kind of credentials. */
export function bearerOf({ headers }: Pick<FastifyRequest, 'headers'>): string | undefined {
  return /^Bearer +(\S+) *$/i.exec(headers.authorization ?? '')?.[1];
}

/** A cookie of ours, which holds a token. Another site of the same domain may have set one more. */
const COOKIE = /(?:^|; *)zerospan=([^;]*)/g;

/** Whether a request carries a token, in whatever way. */
export function hasToken({ headers }: Pick<FastifyRequest, 'headers'>): boolean {
  return headers.authorization !== undefined || cookiesOf(headers.cookie).length > 0;
}

/** The token of a request: that of Authorization, else that of its cookie; undefined: it has none, or two cookies. */
export function tokenOf(request: Pick<FastifyRequest, 'headers'>): string | undefined {
  const { authorization, cookie } = request.headers;
  if (authorization !== undefined) return bearerOf(request);
  const [value, another] = cookiesOf(cookie);
  if (value === undefined || value === '' || another !== undefined) return undefined;
  try {
    return decodeURIComponent(value);
  } catch {
    return undefined;
  }
}

function cookiesOf(cookie: string | undefined): string[] {
  return cookie === undefined ? [] : [...cookie.matchAll(COOKIE)].map(([, value = '']) => value);
}

/**
 * Asks the gate who brings this token.
 * @throws what the gate does, and an Error where it has not answered within `GATE_MS`: no request waits for ever
 */
export function identityOf(
  { gate, clock }: Judge,
  token: string | undefined,
  caller: Pick<Visitor, 'address' | 'isLocal'>,
): Promise<Identity> {
  return new Promise((admitted, rejected) => {
    ask(gate, clock, token, { session: '', client: '', ...caller }, { admitted, rejected });
  });
}

/** What a gate of an application's own says may have the token in it. */
export function withoutToken(text: string, token: string | undefined): string {
  return token === undefined || token === '' ? text : text.replaceAll(token, '…');
}
