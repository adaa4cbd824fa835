import type { Revoked } from '../../../core/access/revocations.ts';
import { fieldsOf } from '../../../core/cluster/network.ts';

/** As it stands in the stream: `{"subject":"alice"}`. */
export function revocationMessage(what: Revoked): Buffer {
  return Buffer.from(JSON.stringify(what));
}

/** Undefined: it is none that this version understands. */
export function revokedIn(data: Buffer): Revoked | undefined {
  let body: unknown;
  try {
    body = JSON.parse(data.toString());
  } catch {
    return undefined;
  }
  const { subject, session, token } = fieldsOf(body) ?? {};
  if (typeof subject === 'string') return { subject };
  if (typeof session === 'string') return { session };
  return typeof token === 'string' ? { token } : undefined;
}
