import type { Revoked } from '../../../core/access/revocations.ts';
import { fieldsOf } from '../../../core/cluster/network.ts';

/** As it stands in the stream: `{"subject":"alice"}`. */
export function revocationMessage(what: Revoked): Buffer {
  return Buffer.from(JSON.stringify(what));
}

/** Undefined: it is none that this version understands. */
export function revokedIn(data: Buffer): Revoked | undefined {
  try {
    return readRevoked(JSON.parse(data.toString()));
  } catch {
    return undefined;
  }
}

/** The same of JSON that was parsed. */
export function readRevoked(body: unknown): Revoked | undefined {
  const { subject, session, token } = fieldsOf(body) ?? {};
  if (typeof subject === 'string') return { subject };
  if (typeof session === 'string') return { session };
  return typeof token === 'string' ? { token } : undefined;
}
