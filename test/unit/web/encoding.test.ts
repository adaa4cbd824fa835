import { fc, test } from '@fast-check/vitest';
import { encodeControl } from '@zerospan/shared';
import { describe, expect, it } from 'vitest';
import { controlFrame, webSocketEncoding } from '../../../server/src/web/socket/encoding.ts';
import { entryOf } from '../../support/zeromq.ts';

/** An unmasked, final text frame as RFC 6455, section 5.2, has it. */
function rfcFrame(text: Buffer): Buffer {
  const { length } = text;
  if (length < 126) return Buffer.concat([Buffer.from([0x81, length]), text]);
  if (length < 65_536) return Buffer.concat([Buffer.from([0x81, 126, length >> 8, length & 0xff]), text]);
  const header = Buffer.alloc(10);
  header.set([0x81, 127]);
  header.writeBigUInt64BE(BigInt(length), 2);
  return Buffer.concat([header, text]);
}

/** An entry whose text has just this many bytes. */
function ofTextBytes(bytes: number) {
  const { textBytes } = entryOf('a', '');
  return entryOf('a', 'y'.repeat(bytes - textBytes));
}

/** On both sides of where the header grows. */
const textBytes = fc.oneof(
  fc.integer({ min: 40, max: 1_000 }),
  fc.constantFrom(125, 126, 127, 65_535, 65_536),
);

describe('entries on a WebSocket', () => {
  test.prop([fc.array(textBytes, { minLength: 1, maxLength: 8 })])(
    'are one frame each, with the header of RFC 6455, one behind another',
    (sizes) => {
      const entries = sizes.map(ofTextBytes);
      expect(
        webSocketEncoding.encode(entries).equals(Buffer.concat(entries.map(({ text }) => rfcFrame(text)))),
      ).toBe(true);
    },
  );

  it.each([125, 126, 127, 65_535, 65_536])('of %i bytes are sent as they lie where there is one', (bytes) => {
    const entry = ofTextBytes(bytes);
    const before = Buffer.from(entry.text);
    const frame = webSocketEncoding.encode([entry]);
    expect(frame.buffer).toBe(entry.text.buffer);
    expect(frame.equals(rfcFrame(before))).toBe(true);
    expect(entry.text.equals(before)).toBe(true);
    // As often as it is written, and by itself or among others.
    expect(webSocketEncoding.encode([entry]).equals(frame)).toBe(true);
    expect(webSocketEncoding.encode([entry, entry]).equals(Buffer.concat([frame, frame]))).toBe(true);
  });
});

describe('a control message on a WebSocket', () => {
  it.each([1, 100, 126, 65_536])('with a reason of %i characters is one frame', (length) => {
    const message = { error: { code: 'bad-message', reason: 'ü'.repeat(length), remedy: '' } } as const;
    expect(controlFrame(message).equals(rfcFrame(Buffer.from(encodeControl(message))))).toBe(true);
  });
});
