import { isUtf8 } from 'node:buffer';
import { jsonFault } from '@zerospan/shared';
import { broken, type Parser } from '../parser.ts';

const DEPTH = 64;

/** A payload: the bus's own look at JSON text says the same as the runtime's parser. */
export const json: Parser = {
  name: 'json',
  seeds: [
    '{"a": [1, -2.5e+10, null, true, false, "x\\n\\u00e9\\"\\\\"], "b": {}}',
    '[[[]], {"": {"": 0}}, "Grüße 😀"]',
    ' "\\ud83d\\ude00" ',
    '-0.1E-7',
    '[1,2,3,{"k":"v","w":[{"z":[]}]}]',
  ],
  words: [
    '{"',
    '":',
    '[',
    ']',
    '}',
    ',',
    '\\u',
    '\\',
    '"',
    'true',
    'null',
    '1e',
    '-',
    '0.',
    '\ufeff',
    '\u2028',
  ],
  mostBytes: 2_048,
  read(bytes) {
    const fault = jsonFault(bytes, DEPTH);
    if (!isUtf8(bytes) || fault === 'too-deep') return;
    let parses = true;
    try {
      JSON.parse(bytes.toString());
    } catch {
      parses = false;
    }
    if (parses !== (fault === undefined)) broken('JSON is what JSON.parse takes');
  },
};
