import { namedPutKeyOf } from '../access/keys.ts';
import type { Requester } from '../access/requester.ts';
import type { PutKey } from '../log/log.ts';

/** Who a put is known by, for its key. */
type Owner = Pick<Requester, 'clientKey' | 'subject'>;

/**
 * The key of a put that its client numbers.
 * @param firstSentMs see `PutKey`
 */
export function numberedPutKey(
  { clientKey, subject }: Owner,
  id: number,
  firstSentMs: number | undefined,
): PutKey {
  return { client: clientKey, id, firstSentMs, isMobile: subject === undefined };
}

/**
 * The key of a put that its client names, such as by an `Idempotency-Key`. It counts within the subject; without one,
 * all clients share it.
 * @param firstSentMs see `PutKey`
 */
export function namedPutKey({ subject }: Pick<Owner, 'subject'>, name: string, firstSentMs?: number): PutKey {
  return { client: namedPutKeyOf(subject, name), id: 1, firstSentMs, isMobile: subject === undefined };
}
