import { WebSocket } from 'ws';

/** What is read off the wire beside the client: it does not tell its users where a subscription begins. */
export interface Taps {
  welcomed(epoch: string): void;
  /** The server said `subscribed`, on this connection, for the subscription of that number. */
  subscribed(id: number, offset: number): void;
}

const OPEN = 1;

/** A WebSocket class for a bus that also tells of greetings and subscriptions. */
export function tappedSocket(taps: Taps) {
  return class extends WebSocket {
    constructor(url: string, protocol: string) {
      super(url, protocol, { perMessageDeflate: false });
      this.on('message', (data: Buffer) => {
        // What comes after the client has closed, it does not read any more.
        if (this.readyState !== OPEN) return;
        const text = data.toString();
        if (text.startsWith('{"welcome"')) taps.welcomed(JSON.parse(text).welcome.epoch);
        if (!text.startsWith('{"subscribed"')) return;
        const { id, offset } = JSON.parse(text).subscribed;
        taps.subscribed(id, offset);
      });
    }
  };
}
