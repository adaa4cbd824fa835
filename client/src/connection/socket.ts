/** What an `error` event may say: nothing in a browser, the error from `ws`, a message from React Native. */
export interface SocketError {
  readonly error?: unknown;
  readonly message?: string;
}

/** What a connection needs of a WebSocket: the part that a browser's own and `ws` have in common. */
export interface Socket {
  /** 0 connecting, 1 open, 2 closing, 3 closed. */
  readonly readyState: number;
  /** Bytes given to `send` that have not left yet. */
  readonly bufferedAmount: number;
  /** What the server chose, once it is open. */
  readonly protocol?: string;
  addEventListener(type: 'open', listener: () => void): void;
  /** See {@link SocketError}. */
  addEventListener(type: 'error', listener: (event: unknown) => void): void;
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
