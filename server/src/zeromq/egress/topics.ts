import { CHANNEL_MAX_BYTES } from '@zerospan/shared';

/** Topics that are counted; peers of more than these still get their messages, they are only not counted. */
export const TOPICS_MAX = 100_000;

/** What a topic counts beside its bytes. */
const TOPIC_OVERHEAD_BYTES = 16;

const ASCII = /^\p{ASCII}*$/u;

/**
 * The topics that native subscribers subscribe to, by how many peers hold each. A topic is a byte prefix of `channel SP
 * payload`, so bytes are kept as Latin-1 strings, one character a byte, and a channel is looked up once for each length
 * that occurs.
 */
export class Topics {
  readonly #counts = new Map<string, number>();
  /** How many topics there are of each length. */
  readonly #lengths = new Map<number, number>();
  #wereHeld = false;
  #bytes = 0;

  /** Bytes of distinct topics that are held, with an overhead for each. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Distinct topics that are held. */
  get size(): number {
    return this.#counts.size;
  }

  /**
   * Whether anybody ever subscribed to anything, whatever it was. Never false again: notices do not say whose they are,
   * and a peer may unsubscribe from what it never held, so a count of them could silence the others.
   */
  get wereHeld(): boolean {
    return this.#wereHeld;
  }

  /** How many peers hold exactly this topic. */
  holders(topic: string): number {
    return this.#counts.get(topic) ?? 0;
  }

  add(topic: string): void {
    this.#wereHeld = true;
    const count = this.#counts.get(topic);
    if (count !== undefined) {
      this.#counts.set(topic, count + 1);
      return;
    }
    // The shortest are few, and what they are decides about others.
    if (this.#counts.size >= TOPICS_MAX && topic.length > 1) return;
    this.#counts.set(topic, 1);
    this.#bytes += topic.length + TOPIC_OVERHEAD_BYTES;
    // A longer topic reaches into the payload: the channel alone does not decide whether it matches.
    if (topic.length > CHANNEL_MAX_BYTES + 1) return;
    this.#lengths.set(topic.length, (this.#lengths.get(topic.length) ?? 0) + 1);
  }

  remove(topic: string): void {
    const count = this.#counts.get(topic);
    if (count === undefined) return;
    if (count > 1) {
      this.#counts.set(topic, count - 1);
      return;
    }
    this.#counts.delete(topic);
    this.#bytes -= topic.length + TOPIC_OVERHEAD_BYTES;
    const left = (this.#lengths.get(topic.length) ?? 1) - 1;
    if (left <= 0) this.#lengths.delete(topic.length);
    else this.#lengths.set(topic.length, left);
  }

  /** How many subscriptions of peers let a channel through: those whose topic is a byte prefix of `channel SP`. */
  subscriptionsTo(channel: string): number {
    if (this.#lengths.size === 0) return 0;
    const bytes = ASCII.test(channel) ? `${channel} ` : Buffer.from(`${channel} `).toString('latin1');
    let sum = 0;
    for (const length of this.#lengths.keys()) {
      if (length <= bytes.length) sum += this.#counts.get(bytes.slice(0, length)) ?? 0;
    }
    return sum;
  }
}
