/** What a connection needs of a WebSocket: the part that a browser's own and `ws` have in common. */
export interface Socket {
  /** 0 connecting, 1 open, 2 closing, 3 closed. */
  readonly readyState: number;
  /** Bytes given to `send` that have not left yet. */
  readonly bufferedAmount: number;
  addEventListener(type: 'open' | 'error', listener: () => void): void;
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void;
  addEventListener(
    type: 'close',
    listener: (event: { readonly code: number; readonly reason: string }) => void,
  ): void;
  send(text: string): void;
  close(code?: number, reason?: string): void;
  /** Ends it without a closing handshake. Browsers have none. */
  terminate?(): void;
}

/** A WebSocket class: a browser's own, `ws`, or a test's. */
export type SocketClass = new (url: string, protocol: string) => Socket;

/** Asked for at each bus rather than once at import, so that a page may still put a polyfill in place. */
export function platformSocket(): SocketClass {
  return globalThis.WebSocket;
}
