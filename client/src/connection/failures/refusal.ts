import { CODES, type Code, type ErrorBody, ZerospanError } from '@zerospan/shared';

/** What the server refused, as an error. A code of a later protocol version keeps its name in the reason. */
export function refusal({ code, reason, remedy }: ErrorBody): ZerospanError {
  if (Object.hasOwn(CODES, code)) return new ZerospanError(code as Code, reason, { remedy });
  return new ZerospanError('bad-message', `${code}: ${reason}`, { remedy });
}
