import { BRIDGE_CHANNEL } from '../bridge/loop-guard.ts';
import { RELAY_TOPIC, RELAY_TOPIC_TEXT } from '../bridge/wire.ts';
import { Topics } from './topics.ts';

/** PORT: what the peer whose notice was read last is sent. Both MUST concern that peer alone. */
export interface PeerTopics {
  subscribe(topic: Buffer): void;
  unsubscribe(topic: Buffer): void;
}

/**
 * Bytes that a channel can begin with: those of UTF-8 without control characters, and without `$`, behind which no
 * publication goes out. Together they are everything that a plain subscriber to everything can receive.
 */
const FIRST_BYTES: readonly Buffer[] = [...bytes(0x21, 0x7e), ...bytes(0xc2, 0xf4)].filter(
  ([byte]) => byte !== 0x24,
);

const LOOP_GUARD = Buffer.from(BRIDGE_CHANNEL);

/**
 * What native peers subscribe to. A subscription to everything becomes one to all bytes that a channel can begin with:
 * so what bridges send each other reaches no plain subscriber. A peer that has the topic of bridges is one, and
 * receives that topic alone.
 */
export class Subscriptions {
  readonly topics = new Topics();

  /** Takes a notice of a peer; answers false for what is none. */
  note(notice: Buffer, peer: PeerTopics): boolean {
    const topic = notice.subarray(1);
    if (notice[0] === 1) this.#add(topic, peer);
    else if (notice[0] === 0) this.#remove(topic, peer);
    else return false;
    return true;
  }

  /** Bridges that listen: what they have as a source sends them publications with their origin. */
  get bridges(): number {
    return this.topics.holders(RELAY_TOPIC_TEXT);
  }

  /** Peers that listen to the loop guard, bridges of an older version among them. */
  get guarded(): number {
    return this.topics.holders(BRIDGE_CHANNEL);
  }

  #add(topic: Buffer, peer: PeerTopics): void {
    this.topics.add(topic.toString('latin1'));
    if (topic.length === 0) {
      for (const byte of FIRST_BYTES) peer.subscribe(byte);
    } else if (topic.equals(RELAY_TOPIC)) {
      // Its other topics came before this one: it subscribes to everything because a plain source would need it.
      for (const byte of FIRST_BYTES) peer.unsubscribe(byte);
      peer.unsubscribe(LOOP_GUARD);
      peer.subscribe(topic);
    } else if (topic[0] !== RELAY_TOPIC[0]) peer.subscribe(topic);
  }

  /**
   * Never too much: what reaches a subscriber without need is dropped by its own socket, what does not reach it is
   * lost.
   */
  #remove(topic: Buffer, peer: PeerTopics): void {
    this.topics.remove(topic.toString('latin1'));
    const isEverything = topic.length === 0;
    for (const each of isEverything ? FIRST_BYTES : [topic]) {
      // Who holds which is not known, and the same peer may hold both everything and this byte.
      const mayBeNeeded = isEverything
        ? this.topics.holders(each.toString('latin1')) > 0
        : each.length === 1 && this.topics.holders('') > 0;
      if (!mayBeNeeded) peer.unsubscribe(each);
    }
  }
}

function bytes(from: number, to: number): Buffer[] {
  return Array.from({ length: to - from + 1 }, (_, i) => Buffer.from([from + i]));
}
