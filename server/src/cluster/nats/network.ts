import type { NatsConnection } from '@nats-io/transport-node';
import type { Heard, Network, Topic } from '../../core/cluster/network.ts';

/** Most faults that are reported. */
const FAULTS_MOST = 20;

/**
 * The nodes of a bus over core NATS: what a node says is a message on `PREFIX.TOPIC.NODE`, in JSON. Nothing is stored
 * anywhere.
 */
export class NatsNetwork implements Network {
  readonly id: string;
  readonly #nats: NatsConnection;
  readonly #prefix: string;
  readonly #onFault: (reason: string) => void;
  /** A right that is missing is missed once a second. */
  readonly #faults = new Set<string>();
  readonly #contacts = new Set<() => void>();
  #isConnected = true;

  /** @param onFault called with each thing that the servers refuse, once: the node neither speaks nor hears then */
  constructor(nats: NatsConnection, prefix: string, id: string, onFault: (reason: string) => void) {
    this.#nats = nats;
    this.#prefix = prefix;
    this.#onFault = onFault;
    this.id = id;
    void this.#watch();
  }

  say(topic: Topic, body: unknown): void {
    // The library would send it when it is connected again.
    if (!this.#isConnected) return;
    try {
      this.#nats.publish(`${this.#prefix}.${topic}.${this.id}`, JSON.stringify(body));
    } catch {
      // It is closed, or the servers take no message that is so large.
    }
  }

  hear(topic: Topic, listener: (heard: Heard) => void): void {
    this.#nats.subscribe(`${this.#prefix}.${topic}.*`, {
      callback: (error, message) => {
        if (error) return;
        const from = message.subject.slice(message.subject.lastIndexOf('.') + 1);
        if (from === this.id) return;
        let body: unknown;
        try {
          body = message.json();
        } catch {
          return;
        }
        listener({ from, body });
      },
    });
  }

  onContact(listener: () => void): void {
    this.#contacts.add(listener);
  }

  async #watch(): Promise<void> {
    for await (const status of this.#nats.status()) {
      if (status.type === 'error') this.#fault(status.error.message);
      if (status.type === 'disconnect') this.#isConnected = false;
      if (status.type !== 'reconnect') continue;
      this.#isConnected = true;
      for (const listener of this.#contacts) listener();
    }
  }

  #fault(reason: string): void {
    if (this.#faults.size >= FAULTS_MOST || this.#faults.has(reason)) return;
    this.#faults.add(reason);
    this.#onFault(reason);
  }
}
