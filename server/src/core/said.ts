import type { ErrorBody, ZerospanError } from '@zerospan/shared';

/** Longest reason that is sent, in characters: it may quote a name of any length (F10). */
export const REASON_MOST = 1_000;

/** A fault as `error` and `refused` say it. */
export function saidOf({ code, message, remedy }: ZerospanError): ErrorBody {
  const reason = message.length > REASON_MOST ? `${message.slice(0, REASON_MOST - 1)}…` : message;
  return { code, reason, remedy };
}
