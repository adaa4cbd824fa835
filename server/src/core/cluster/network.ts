/** What nodes speak of: each other, their clients, revoked access. */
export type Topic = 'nodes' | 'clients' | 'revoked';

/** What another node has said. */
export interface Heard {
  /** Its id. */
  readonly from: string;
  /** JSON of whatever shape: another version may have written it. A listener has to check it. */
  readonly body: unknown;
}

/**
 * PORT: how the nodes of one bus speak with each other. `test/contract/network.contract.ts` holds every implementation
 * to these sentences.
 *
 * - What a node says MUST come to every other node that is in reach, and never to itself; what one node says on one
 *   topic in the order in which it said it, each once. Any of it MAY be lost: what has to arrive is said again, or
 *   numbered.
 * - `say` MUST NOT throw, and MUST NOT call a listener before it has returned. Out of reach, what is said is lost: it
 *   MUST NOT come later, when it may not be true any more.
 * - `onContact` MUST be called when others can be reached again after they could not: what they said meanwhile is lost.
 *
 * A question to other nodes is something said as well, and so are their answers: they name the question.
 */
export interface Network {
  /** Of this life of this node: no other one, at any time, has the same. */
  readonly id: string;
  say(topic: Topic, body: unknown): void;
  /** Listeners stay for as long as the network. */
  hear(topic: Topic, listener: (heard: Heard) => void): void;
  onContact(listener: () => void): void;
}

/** The fields of what was heard; undefined: it is no object. */
export function fieldsOf(body: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof body === 'object' && body !== null && !Array.isArray(body)
    ? (body as Readonly<Record<string, unknown>>)
    : undefined;
}

/** Longest text that is taken from others, in characters. */
const TEXT_MOST = 256;

export function isText(value: unknown): value is string {
  return typeof value === 'string' && value.length <= TEXT_MOST;
}

/** A whole number from 0 on. */
export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
