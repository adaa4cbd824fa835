import { decodeKey, encodeZ85 } from '../../../server/src/zeromq/curve/z85.ts';
import { broken, type Parser } from '../parser.ts';

/** A key of CURVE in Z85. */
export const curveKey: Parser = {
  name: 'curve-key',
  seeds: [encodeZ85(Buffer.alloc(32, 1)), encodeZ85(Buffer.alloc(32, 0xff)), encodeZ85(Buffer.alloc(32))],
  words: ['#', '%', '\u0000', 'ü'],
  read(bytes) {
    const text = bytes.toString();
    const key = decodeKey(text);
    if (key !== undefined && (key.length !== 32 || encodeZ85(key) !== text))
      broken('a key reads as it is written');
  },
};
