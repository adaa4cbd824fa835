// Apart from what connects: a server need not load a client to know these.

/** Where a server is found that was started without settings. */
export const DEFAULT_URL = 'ws://127.0.0.1:8080/bus';

/** How long a first connection may take, in ms. */
export const CONNECT_MS = 10_000;
