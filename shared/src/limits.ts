/** Bounds of the protocol `zerospan.v1`. `PROTOCOL.md` states them; a test holds its table against these. */
export const LIMITS = {
  /** Largest payload of a put, in bytes of its JSON text. */
  payloadBytes: 64 * 1024,
  /** Nested arrays and objects, in a payload and in a control message. `1` has none of them, `[]` one. */
  depth: 128,
  /** Largest control message and largest envelope of a put, in bytes: 1,000 long names fit. */
  envelopeBytes: 384 * 1024,
  /**
   * Largest WebSocket message; a longer one closes the socket with 1009. Above what a put may be, so that a payload a
   * little too large is refused and the socket lives.
   */
  messageBytes: 512 * 1024,
  /** Bytes of publications that a client which acks may be sent beyond those it has acknowledged. */
  windowBytes: 1024 * 1024,
  /** Messages that break the protocol before a session is closed for good. */
  faults: 16,
  /** Channels in one put. */
  putChannels: 1_000,
  /** Bytes that one put may take of the log: its payload, the name and 160 more, for each of its channels. */
  putBytes: 8 * 1024 * 1024,
  /** Puts of one session that wait for their receipts. */
  confirms: 64,
  /** Longest time that a put may wait for its receipt, in ms. */
  confirmMs: 60_000,
  /** Subscriptions of one session. */
  subscriptions: 128,
  /** Filters of one subscription. */
  filters: 1_000,
  /** Filters of all subscriptions of one session together. */
  sessionFilters: 10_000,
  /** Publications a channel that `replay: { last }` may ask for. */
  replayLast: 100_000,
} as const;

export type Limits = { readonly [name in keyof typeof LIMITS]: number };

/** Times of the protocol `zerospan.v1`, in ms. */
export const TIMES = {
  /** A client says `hello` within this after the socket opened, or is closed with 4003. */
  helloMs: 10_000,
  /** The server sends a `beat` and a WebSocket ping this often. */
  beatMs: 20_000,
  /** A client that acks says so at the latest this long after it has handed something over. */
  ackMs: 250,
  /** A side that has heard nothing for this long calls the link dead. */
  silenceMs: 30_000,
} as const;
