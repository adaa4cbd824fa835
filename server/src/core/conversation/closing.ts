import { CLOSE, type Code, shouldReconnect, ZerospanError } from '@zerospan/shared';
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

/** The error of a first message that could not be read: whatever else is wrong with it, it is no good hello (H4). */
export function badHelloOf(fault: ZerospanError): ZerospanError {
  return fault.code === 'bad-hello' ? fault : new ZerospanError('bad-hello', fault.message);
}

/** With which a client closes its connection for its user (E5). */
const DONE = 1000;

/** Whether a client does not come back after this close code. @param code null: it was lost */
export function isForGood(code: number | null): boolean {
  return code !== null && (code === DONE || !shouldReconnect(code));
}
