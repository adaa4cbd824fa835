import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { clientFrame, FrameReader } from '../../../../cli/src/load/index.ts';

interface Frame {
  readonly opcode: number;
  readonly payload: Buffer;
}

/** No two neighbours alike, and of a length that no power of two divides: a piece in the wrong place shows. */
const PATTERN = Uint8Array.from({ length: 251 }, (_, i) => (i * 89) % 251);

/** Sizes around those at which the header grows, and small ones. */
const size = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 0, max: 40 }) },
  { weight: 2, arbitrary: fc.integer({ min: 120, max: 132 }) },
  { weight: 1, arbitrary: fc.integer({ min: 65_530, max: 65_540 }) },
);
const frame = fc
  .record({ opcode: fc.constantFrom(0, 1, 2, 8, 9, 10), size })
  .map(({ opcode, size: bytes }): Frame => ({ opcode, payload: Buffer.alloc(bytes, PATTERN) }));

/** A frame as a server sends it, written another way than the reader reads: by digits of its length. */
function serverFrame({ opcode, payload }: Frame): Buffer {
  const { length } = payload;
  const digits = length < 126 ? [length] : [length < 65_536 ? 126 : 127];
  for (let byte = length < 126 ? -1 : length < 65_536 ? 1 : 7; byte >= 0; byte--)
    digits.push(Math.floor(length / 256 ** byte) % 256);
  return Buffer.concat([Buffer.from([0x80 + opcode, ...digits]), payload]);
}

/**
 * Reads what comes in pieces from one buffer, as the sockets share one: what the reader does not copy is overwritten.
 */
function readAll(pieces: readonly Buffer[]): Frame[] {
  const read: Frame[] = [];
  const reader = new FrameReader({
    frame: (opcode, data, at, end) => read.push({ opcode, payload: Buffer.from(data.subarray(at, end)) }),
  });
  const start = 7;
  const shared = Buffer.alloc(start + Math.max(0, ...pieces.map(({ length }) => length)));
  for (const piece of pieces) {
    piece.copy(shared, start);
    reader.read(shared, start, start + piece.length);
    shared.fill(0xff, start, start + piece.length);
  }
  return read;
}

function cut(all: Buffer, places: readonly number[]): Buffer[] {
  const ends = [...places.map((each) => each % (all.length + 1)), all.length].toSorted((a, b) => a - b);
  return ends.map((end, i) => all.subarray(ends[i - 1] ?? 0, end));
}

function expectSame(read: readonly Frame[], sent: readonly Frame[]): void {
  const heads = (all: readonly Frame[]) => all.map(({ opcode, payload }) => [opcode, payload.length]);
  expect(heads(read)).toEqual(heads(sent));
  expect(read.findIndex(({ payload }, i) => !payload.equals(sent[i]?.payload ?? payload))).toBe(-1);
}

describe('a frame reader', () => {
  test.prop([fc.array(frame, { maxLength: 8 }), fc.array(fc.nat(), { maxLength: 12 })])(
    'hands over each frame once, whole, in order, wherever reads are cut',
    (sent, places) => expectSame(readAll(cut(Buffer.concat(sent.map(serverFrame)), places)), sent),
  );

  test.prop([
    fc.array(
      frame.filter(({ payload }) => payload.length < 1_000),
      { maxLength: 6 },
    ),
  ])('reads a byte at a time as well', (sent) => {
    const all = Buffer.concat(sent.map(serverFrame));
    expectSame(readAll(Array.from(all, (_, i) => all.subarray(i, i + 1))), sent);
  });
});

describe('a frame of a client', () => {
  test.prop([frame])('says that it is masked, and its mask changes nothing', ({ opcode, payload }) => {
    const written = clientFrame(opcode, payload);
    const unmasked = serverFrame({ opcode, payload });
    const header = unmasked.length - payload.length;
    expect(written[0]).toBe(unmasked[0]);
    expect(written[1]).toBe((unmasked[1] as number) + 0x80);
    expect(written.subarray(2, header).equals(unmasked.subarray(2, header))).toBe(true);
    expect(written.readUInt32BE(header)).toBe(0);
    expect(written.subarray(header + 4).equals(payload)).toBe(true);
  });
});
