/** What a connection hears, and how its end is said. */
export interface CarrierSink {
  /** One whole message, or a piece of one as it comes; `data` holds it from `at` to `end`, and only during the call. */
  message(data: Buffer, at: number, end: number): void;
  /** Bytes that the carrier itself owes to the server, such as a pong. */
  reply(bytes: Buffer): void;
}

/** One connection of a carrier, once the server has opened it. */
export interface Carried {
  /**
   * What came from the server.
   * @param data may be used for something else as soon as this returns
   * @throws when the server closed, or broke the rules of the carrier: the connection ends with that as its reason
   */
  read(data: Buffer, at: number, end: number): void;
}

/**
 * PORT: what takes messages of a server to a client over TCP, behind one HTTP request: WebSocket frames, or the body of
 * an answer that does not end.
 */
export interface Carrier {
  /** The status of the answer that opens the connection. Any other MUST end it. */
  readonly status: number;
  /** The request, up to and with the empty line. Where nothing can be said later, it names the channels. */
  request(url: URL, channels: readonly string[]): string;
  /** Called once, when the server has answered with that status. MUST make no object for a message. */
  open(sink: CarrierSink): Carried;
  /** What is sent for a message of the client. @throws where a client can say nothing */
  encode(message: string | Buffer): Buffer;
}
