// What a page runs: bundled by test/browser/reconnecting.test.ts, with the browser's own client and WebSocket.
import { Bus, type BusOptions } from '@zerospan/client';

/** What the page has been given, in order, and what has become of its connection. */
export const numbers: number[] = [];
export const gaps: string[] = [];
export const states: string[] = [];
/** Events of the page itself that concern the client. */
export const events: string[] = [];

export interface Wishes {
  readonly url: string;
  /** Times of `welcome` instead of the server's own, so that silence is over within a test's time. */
  readonly times?: { readonly silenceMs?: number; readonly retrySpreadMs?: number };
}

/** One bus, with one subscriber. Its waits are as long as they can be, so that what comes back soon was hurried. */
export async function begin({ url, times = {} }: Wishes): Promise<void> {
  for (const type of ['online', 'offline', 'pageshow']) addEventListener(type, () => events.push(type));
  for (const type of ['freeze', 'resume']) document.addEventListener(type, () => events.push(type));
  const bus = new Bus(url, { random: () => 0.999, WebSocket: socketWith(times) });
  bus.on('state', (state) => states.push(state));
  bus.on('error', () => {});
  const subscriber = bus.subscribe('room');
  subscriber.on('publication', ({ message }) => numbers.push(message as number));
  subscriber.on('gap', ({ reason }) => gaps.push(reason));
  await subscriber.ready;
}

/**
 * A WebSocket over which the server's welcome names these times, and that keeps with what codes it was closed from
 * here.
 */
function socketWith(times: NonNullable<Wishes['times']>): NonNullable<BusOptions['WebSocket']> {
  const retimed = (text: string): string =>
    Object.entries(times).reduce(
      (said, [name, ms]) => said.replace(new RegExp(`"${name}":\\d+`), `"${name}":${ms}`),
      text,
    );
  return class {
    readonly #socket: WebSocket;

    constructor(url: string, protocol: string) {
      this.#socket = new WebSocket(url, protocol);
    }

    get readyState(): number {
      return this.#socket.readyState;
    }

    get bufferedAmount(): number {
      return this.#socket.bufferedAmount;
    }

    addEventListener(type: string, listener: (event: never) => void): void {
      this.#socket.addEventListener(type, (event: Event): void => {
        if (event instanceof MessageEvent) listener({ data: retimed(String(event.data)) } as never);
        else listener(event as never);
      });
    }

    send(text: string): void {
      this.#socket.send(text);
    }

    close(code?: number, reason?: string): void {
      events.push(`close ${code}`);
      this.#socket.close(code, reason);
    }
  };
}
