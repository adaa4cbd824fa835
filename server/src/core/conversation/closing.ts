import { CLOSE, type Code, ZerospanError } from '@zerospan/shared';
import type { Close } from '../connections.ts';

/** How those are closed whose token, or whose number, does not let them in. */
const BY_CODE: Partial<Record<Code, Close>> = {
  unauthorized: CLOSE.unauthorized,
  'token-expired': CLOSE.expired,
  'key-not-known': CLOSE.failed,
  revoked: CLOSE.revoked,
  'too-many-connections': CLOSE.crowded,
};

/**
 * What is told to one that is turned away. A failure that is not the client's is not told, and the client comes back.
 */
export function turnedAway(error: unknown): { readonly fault?: ZerospanError; readonly close: Close } {
  const close = error instanceof ZerospanError ? BY_CODE[error.code] : undefined;
  return close ? { fault: error as ZerospanError, close } : { close: CLOSE.failed };
}
