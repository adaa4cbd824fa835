import { NATS_CONNECT, NATS_PONG } from './nats.ts';

/** How a publisher speaks over TCP, in bytes that can be made before they are needed. */
export interface Wire {
  /** What it says first. */
  readonly greeting: Buffer;
  /**
   * What it has to hear before its first message: a message that comes before the server is done greeting ends the
   * connection.
   */
  readonly readyWith: string;
  message(channel: string, payload: string): Buffer;
  /** What it has to say to what it heard; undefined for nothing. */
  reply(heard: string): string | undefined;
}

const GREETING_BYTES = 64;
const READY = 'READY';
const COMMAND = 4;
const LONG = 2;
const SHORT_MOST_BYTES = 255;

/**
 * ZMTP 3.0 (https://rfc.zeromq.org/spec/23/) as a PUB without security. What it hears are subscriptions, and it sends
 * everything to everybody: a subscriber filters once more.
 */
export const zmtp: Wire = {
  greeting: Buffer.concat([zmtpGreeting(), zmtpReady()]),
  readyWith: READY,
  message: (channel, payload) => zmtpFrame(0, Buffer.from(`${channel} ${payload}`)),
  reply: () => undefined,
};

/** The protocol of NATS, as a client that publishes. */
export const nats: Wire = {
  greeting: Buffer.from(NATS_CONNECT),
  readyWith: 'INFO',
  message: (channel, payload) =>
    Buffer.from(`PUB ${channel} ${Buffer.byteLength(payload)}\r\n${payload}\r\n`),
  reply: (heard) => (heard.includes('PING\r\n') ? NATS_PONG : undefined),
};

/** Signature, version 3.0, mechanism NULL, not as a server of it; zeros else. */
function zmtpGreeting(): Buffer {
  const greeting = Buffer.alloc(GREETING_BYTES);
  greeting[0] = 0xff;
  greeting[9] = 0x7f;
  greeting[10] = 3;
  greeting.write('NULL', 12);
  return greeting;
}

function zmtpReady(): Buffer {
  const [name, property, value] = [READY, 'Socket-Type', 'PUB'];
  const size = Buffer.alloc(4);
  size.writeUInt32BE(value.length);
  const head = [Buffer.of(name.length), Buffer.from(name), Buffer.of(property.length), Buffer.from(property)];
  return zmtpFrame(COMMAND, Buffer.concat([...head, size, Buffer.from(value)]));
}

function zmtpFrame(flags: number, body: Buffer): Buffer {
  if (body.length <= SHORT_MOST_BYTES) return Buffer.concat([Buffer.of(flags, body.length), body]);
  const head = Buffer.alloc(9);
  head[0] = flags | LONG;
  head.writeBigUInt64BE(BigInt(body.length), 1);
  return Buffer.concat([head, body]);
}
