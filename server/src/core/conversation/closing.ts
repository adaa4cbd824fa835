import { CLOSE, type Code, ZerospanError } from '@zerospan/shared';
import type { Close } from '../connections.ts';

/** Close codes for clients that are rejected for their token, or for their number of connections. */
const BY_CODE: Partial<Record<Code, Close>> = {
  unauthorized: CLOSE.unauthorized,
  'token-expired': CLOSE.expired,
  'key-not-known': CLOSE.failed,
  revoked: CLOSE.revoked,
  'too-many-connections': CLOSE.crowded,
};

/**
 * The error and the close code that a rejected client receives. A failure that is not the client's is not reported to
 * it, and the client reconnects.
 */
export function rejectionOf(error: unknown): { readonly fault?: ZerospanError; readonly close: Close } {
  const close = error instanceof ZerospanError ? BY_CODE[error.code] : undefined;
  return close ? { fault: error as ZerospanError, close } : { close: CLOSE.failed };
}
