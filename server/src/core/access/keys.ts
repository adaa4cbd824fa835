import { createHash } from 'node:crypto';

/**
 * What a client is known by on the server: its puts, its receipts, its place among the connections. With a subject it
 * is that of this subject alone, so that who learns another's client id gains nothing by it. It is longer than any
 * client id and of one length, however long the subject: without that, an id of a client without subject could be made
 * that is the same.
 */
export function clientKeyOf(subject: string | undefined, client: string): string {
  if (subject === undefined) return client;
  return `#${hashOf([subject, client])}`;
}

/**
 * Under which key something counts towards a user's share of a bound: the subject's; without one, that of the network
 * that its address belongs to, because a client id or a connection costs nothing. Clients behind one address are one
 * user then. The letter keeps the two kinds apart.
 */
export function userOf(subject: string | undefined, network: string): string {
  return subject === undefined ? `a${network}` : `s${subject}`;
}

/**
 * Under which key a rate is limited: the subject, over all its clients, because it may draw as many client ids as it
 * likes; without one, the client. The letter keeps the two kinds apart: a client without subject must not be taken for
 * a subject.
 */
export function rateKeyOf(subject: string | undefined, clientKey: string): string {
  return subject === undefined ? `c${clientKey}` : `s${subject}`;
}

/**
 * The scope of a put that its client names by a key of its own choice (`Idempotency-Key`): the subject; without one,
 * all clients share it. No client key is like it.
 */
export function namedPutKeyOf(subject: string | undefined, name: string): string {
  return `!${hashOf([subject ?? null, name])}`;
}

function hashOf(parts: readonly (string | null)[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}
