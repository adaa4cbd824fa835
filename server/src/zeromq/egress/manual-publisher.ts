import { XPublisher } from 'zeromq';
import type { PeerTopics } from './subscriptions.ts';

// As libzmq numbers them; the package's own types name them for SUB sockets alone.
const ZMQ_SUBSCRIBE = 6;
const ZMQ_UNSUBSCRIBE = 7;

/**
 * An XPUB socket in manual mode: a subscription of a peer takes effect only by `subscribe`, called before the next
 * notice is read, and for the peer whose notice was read last. Every notice is reported.
 */
export class ManualPublisher extends XPublisher implements PeerTopics {
  subscribe(topic: Buffer): void {
    this.setStringOption(ZMQ_SUBSCRIBE, topic);
  }

  unsubscribe(topic: Buffer): void {
    this.setStringOption(ZMQ_UNSUBSCRIBE, topic);
  }
}
