import { randomUUID } from 'node:crypto';
import {
  encodeControl,
  encodePut,
  PROTOCOL,
  PutPacer,
  putCost,
  type ServerMessage,
  systemClock,
  utf8Bytes,
} from '@zerospan/shared';
import type { Outlet } from './publisher.ts';
import type { PutTally } from './put-tally.ts';
import { type Dialogue, LoadSocket } from './sockets/load-socket.ts';
import { WebSocketCarrier } from './sockets/websocket-carrier.ts';
import { nowUs } from './stamp.ts';
import type { Tally } from './tally.ts';

const BRACE = 0x7b;

export interface PutTarget {
  /** `ws:` or `wss:`, of a server of ours. */
  readonly url: string;
  /** The authority of the server's certificate, in PEM; left out: those that the system knows. */
  readonly ca?: Buffer | undefined;
  /** For reading, which many may share. */
  readonly buffer: Buffer;
  /** Counts the bytes that are read, and the connection when it is closed. */
  readonly tally: Tally;
  /** Counts the puts. */
  readonly puts: PutTally;
  /**
   * Puts that may be unanswered at a time, from 1; what is sent beyond is counted as not sent, because the server reads
   * no faster.
   */
  readonly unansweredMost: number;
  /** What to come in with, where a token is needed. */
  readonly token?: string | undefined;
}

export interface PutListener {
  /** Called once: it may send. */
  ready(): void;
  /** Some puts were answered: there is room for more. */
  answered(): void;
  /** Called once when the connection is closed, by either side. */
  failed(reason: string): void;
}

/**
 * A client that puts over a WebSocket of our protocol and waits for no answer before it puts the next. It subscribes to
 * nothing.
 */
export class PutOutlet implements Outlet {
  readonly #target: PutTarget;
  readonly #listener: PutListener;
  readonly #socket: LoadSocket;
  /** Puts without an answer, by id. */
  readonly #unanswered = new Map<number, { readonly channel: string; readonly atUs: number }>();
  #say: (text: string) => void = () => undefined;
  /** The pace that the server says in `welcome`, if there is one. */
  #pacer: PutPacer | undefined;
  /** Whether the next put waits for its pace. */
  #waits = false;
  #id = 0;
  #closed = false;

  constructor(target: PutTarget, listener: PutListener) {
    this.#target = target;
    this.#listener = listener;
    const { url, ca, tally, buffer } = target;
    const dialect = {
      carrier: new WebSocketCarrier(PROTOCOL),
      begin: (say: (text: string) => void): Dialogue => this.#dialogue(say),
    };
    this.#socket = new LoadSocket(
      { url, dialect, ca },
      [],
      tally,
      buffer,
      () => undefined,
      (reason) => {
        this.#closed = true;
        this.#pacer?.stop();
        listener.failed(reason);
      },
    );
  }

  get unanswered(): number {
    return this.#unanswered.size;
  }

  /** Puts that may be sent now; none once it is closed, and none while its pace has none left. */
  get room(): number {
    return this.#closed || this.#waits ? 0 : this.#target.unansweredMost - this.#unanswered.size;
  }

  send(channel: string, payload: string): void {
    const { puts } = this.#target;
    if (this.room <= 0) {
      puts.notSent++;
      return;
    }
    const id = ++this.#id;
    puts.put();
    this.#unanswered.set(id, { channel, atUs: nowUs() });
    this.#say(encodePut({ id, channels: [channel] }, payload));
    if (this.#pacer) this.#keepPace(this.#pacer, channel, payload);
  }

  /** Ends it without a word. */
  close(): void {
    this.#closed = true;
    this.#pacer?.stop();
    this.#socket.end();
  }

  /** A server that is put to faster than its pace would read later, and the answers would be as late. */
  #keepPace(pacer: PutPacer, channel: string, payload: string): void {
    const cost = putCost([channel], utf8Bytes(payload));
    pacer.spend(cost);
    if (pacer.isOpenFor(cost)) return;
    this.#waits = true;
    pacer.whenOpenFor(cost, () => {
      this.#waits = false;
      this.#listener.answered();
    });
  }

  #dialogue(say: (text: string) => void): Dialogue {
    this.#say = say;
    const { token } = this.#target;
    const hello = { protocol: PROTOCOL, client: randomUUID(), acks: true, ...(token && { token }) };
    return {
      opened: () => say(encodeControl({ hello })),
      message: (data, at, end) => {
        if (data[at] === BRACE) this.#control(JSON.parse(data.toString('utf8', at, end)) as ServerMessage);
      },
      // It is given no publications, so it has nothing to acknowledge.
      tick: () => undefined,
    };
  }

  #control(message: ServerMessage): void {
    if ('accepted' in message) {
      const put = this.#take(message.accepted.put);
      if (put) this.#target.puts.appended(put.channel, nowUs() - put.atUs);
    } else if ('refused' in message) {
      if (this.#take(message.refused.put)) this.#target.puts.refusal(message.refused.code);
    } else if ('welcome' in message) {
      const { pace } = message.welcome;
      this.#pacer = pace && new PutPacer(pace, systemClock);
      this.#listener.ready();
      return;
    }
    this.#listener.answered();
  }

  #take(id: number | undefined): { readonly channel: string; readonly atUs: number } | undefined {
    const put = this.#unanswered.get(id ?? 0);
    this.#unanswered.delete(id ?? 0);
    return put;
  }
}
