import type { Encoding } from '../../server/src/core/fanout/encoding.ts';
import { webSocketEncoding } from '../../server/src/web/socket/encoding.ts';

/** An encoding, and how a client reads what was put together by it. */
export interface Spoken {
  readonly encoding: Encoding;
  textsIn(encoded: Buffer): Generator<string>;
}

export const webSocket: Spoken = { encoding: webSocketEncoding, textsIn: framedTexts };

/** Nothing that a browser speaks: each text behind its length and a colon. */
export const netstrings: Spoken = {
  encoding: {
    transport: 'ndjson',
    encode: (entries) =>
      Buffer.concat(entries.flatMap(({ text, textBytes }) => [Buffer.from(`${textBytes}:`), text])),
  },
  *textsIn(encoded) {
    for (let at = 0; at < encoded.length; ) {
      const colon = encoded.indexOf(':', at);
      const end = colon + 1 + Number(encoded.toString('latin1', at, colon));
      if (colon < 0 || !(end <= encoded.length)) throw new Error(`no netstring at ${at}`);
      yield encoded.toString('utf8', colon + 1, end);
      at = end;
    }
  },
};

/** The texts of unmasked text frames that stand one after another. */
function* framedTexts(frames: Buffer): Generator<string> {
  for (let at = 0; at < frames.length; ) {
    if (frames[at] !== 0x81) throw new Error(`no text frame at ${at}`);
    const short = frames[at + 1] as number;
    const header = short < 126 ? 2 : short === 126 ? 4 : 10;
    const bytes =
      short < 126
        ? short
        : short === 126
          ? frames.readUInt16BE(at + 2)
          : Number(frames.readBigUInt64BE(at + 2));
    yield frames.toString('utf8', at + header, at + header + bytes);
    at += header + bytes;
  }
}
