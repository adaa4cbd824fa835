import { isUtf8 } from 'node:buffer';
import { channelFault } from '@zerospan/shared';
import { DROP_REASONS, parseMessage } from '../../../server/src/zeromq/framing.ts';
import { broken, type Parser } from '../parser.ts';

/** Stands between the parts of a message in one input. */
const BETWEEN = '\x1e';
const MOST_BYTES = 65_536;
const BOUNDS = { maxPayloadBytes: MOST_BYTES, depth: 4 };

function partsOf(bytes: Buffer): Buffer[] {
  const parts: Buffer[] = [];
  let from = 0;
  for (let at = bytes.indexOf(BETWEEN); at >= 0; at = bytes.indexOf(BETWEEN, from)) {
    parts.push(bytes.subarray(from, at));
    from = at + 1;
  }
  return [...parts, bytes.subarray(from)];
}

/** A message from ZeroMQ, of any number of parts. */
export const nativeMessage: Parser = {
  name: 'native-message',
  seeds: [
    'room1 {"a": [1, null, "x"]}',
    'räume/ü "Grüße 😀"',
    '$zerospan.bridge {"nonce":"n","n":1}',
    `room1${BETWEEN}{"a":1}`,
    `room1${BETWEEN}"x"${BETWEEN}42`,
    `room1${BETWEEN}1${BETWEEN}9007199254740991`,
  ],
  words: [BETWEEN, ' ', '$', '\u2028', '\ufeff', '\u00a0', 'NaN', '1e999'],
  read(bytes) {
    const message = parseMessage(partsOf(bytes), BOUNDS);
    if (typeof message === 'string') {
      if (!DROP_REASONS.includes(message)) broken('a reason is one of those that are counted');
      return;
    }
    if (channelFault(message.channel) !== undefined) broken('a channel is well-formed');
    if (message.payload.length > MOST_BYTES || !isUtf8(message.payload))
      broken('a payload is UTF-8 within its bound');
    JSON.parse(Buffer.from(message.payload).toString());
  },
};
