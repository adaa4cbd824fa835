import type { Random } from '../support/random.ts';
import type { Parser } from './parser.ts';

/** Inputs are small, so that many are tried; one in so many is large. */
const MOST_BYTES = 4_096;
const LARGE_ONE_IN = 5_000;
const LARGE_BYTES = 600_000;

/** Numbers at which something changes, as they stand in texts. */
const NUMBERS = [
  ...[
    '0',
    '-0',
    '-1',
    '1',
    '255',
    '256',
    '65535',
    '65536',
    '2147483647',
    '2147483648',
    '4294967295',
    '4294967296',
  ],
  ...[
    '9007199254740991',
    '9007199254740992',
    '18446744073709551615',
    '1e308',
    '1e999',
    '0.1',
    '-1e-7',
    '00',
    '0x10',
  ],
];
const COMMON = [
  ...['{', '}', '[', ']', '"', ':', ',', '\n', '\\', '\\u0000', '\\ud800', 'null', 'true', '{}', '[]', '""'],
  ...['"__proto__":', '"constructor":', '\u0000', '\ufeff', '😀', '\r\n', '\u2028'],
];
const BYTES = [0x00, 0x0a, 0x20, 0x22, 0x7f, 0x80, 0xbf, 0xc0, 0xe2, 0xed, 0xf4, 0xff];

type Mutation = (bytes: Buffer, random: Random, parser: Parser) => Buffer;

const at = (bytes: Buffer, random: Random): number => random.between(0, bytes.length);
const replaced = (bytes: Buffer, from: number, to: number, by: Buffer | string): Buffer =>
  Buffer.concat([bytes.subarray(0, from), Buffer.from(by), bytes.subarray(to)]);

function range(bytes: Buffer, random: Random): [from: number, to: number] {
  const ends = [at(bytes, random), at(bytes, random)];
  return [Math.min(...ends), Math.max(...ends)];
}

const MUTATIONS: readonly Mutation[] = [
  function flipBit(bytes, random) {
    if (bytes.length === 0) return bytes;
    const flipped = Buffer.from(bytes);
    const place = random.between(0, bytes.length - 1);
    flipped[place] = (flipped[place] as number) ^ (1 << random.between(0, 7));
    return flipped;
  },
  function insertByte(bytes, random) {
    const place = at(bytes, random);
    return replaced(
      bytes,
      place,
      place,
      Buffer.of(random.chance(0.5) ? random.one(BYTES) : random.between(0, 255)),
    );
  },
  function truncate(bytes, random) {
    return bytes.subarray(0, at(bytes, random));
  },
  function cutOut(bytes, random) {
    return replaced(bytes, ...range(bytes, random), '');
  },
  function repeat(bytes, random) {
    const [from, to] = range(bytes, random);
    const times = random.between(1, 4);
    return replaced(bytes, to, to, Buffer.concat(Array<Buffer>(times).fill(bytes.subarray(from, to))));
  },
  function splice(bytes, random, { seeds }) {
    const other = Buffer.from(random.one(seeds));
    return Buffer.concat([bytes.subarray(0, at(bytes, random)), other.subarray(at(other, random))]);
  },
  function word(bytes, random, { words }) {
    const place = at(bytes, random);
    return replaced(
      bytes,
      place,
      random.chance(0.5) ? place : Math.min(bytes.length, place + 4),
      random.one([...COMMON, ...words]),
    );
  },
  /** Offsets, counts and lengths that are not true. */
  function number(bytes, random) {
    const numbers = [...bytes.toString('latin1').matchAll(/\d+/g)];
    if (numbers.length === 0) return bytes;
    const { index, 0: digits } = random.one(numbers);
    return replaced(bytes, index, index + digits.length, random.one(NUMBERS));
  },
  function nest(bytes, random) {
    const place = at(bytes, random);
    return replaced(
      bytes,
      place,
      place,
      random.one(['[', '{"a":', '- ', '"']).repeat(random.between(1, 300)),
    );
  },
];

/** A good input that a few things have gone wrong with; the same for the same chance. */
export function mutated(parser: Parser, random: Random): Buffer {
  let bytes = Buffer.from(random.one(parser.seeds));
  for (let left = random.between(1, 6); left > 0; left--)
    bytes = Buffer.from(random.one(MUTATIONS)(bytes, random, parser));
  const { mostBytes = LARGE_BYTES } = parser;
  if (mostBytes > MOST_BYTES && random.between(1, LARGE_ONE_IN) === 1 && bytes.length > 0) {
    const block = Buffer.from(random.one([bytes.toString('latin1'), '[', '{"a":', 'a', ' ']), 'latin1');
    return Buffer.alloc(random.between(MOST_BYTES, mostBytes), block);
  }
  return bytes.subarray(0, Math.min(MOST_BYTES, mostBytes));
}
