import { type ChannelGap, encodeControl, type ServerMessage } from '@zerospan/shared';

/** The header of a final, unmasked text frame: RFC 6455, section 5.2. */
function headerBytes(textBytes: number): number {
  if (textBytes < 126) return 2;
  return textBytes < 65_536 ? 4 : 10;
}

function writeHeader(frame: Buffer, textBytes: number): number {
  frame[0] = 0x81;
  if (textBytes < 126) {
    frame[1] = textBytes;
    return 2;
  }
  if (textBytes < 65_536) {
    frame[1] = 126;
    frame.writeUInt16BE(textBytes, 2);
    return 4;
  }
  frame[1] = 127;
  frame.writeUInt32BE(0, 2);
  frame.writeUInt32BE(textBytes, 6);
  return 10;
}

/** Bytes of the text that a frame of ours holds. */
export function textBytes(frame: Buffer): number {
  const short = frame[1] as number;
  return frame.length - (short < 126 ? 2 : short === 126 ? 4 : 10);
}

/** A text as one WebSocket frame. */
function textFrame(text: string): Buffer {
  const bytes = Buffer.byteLength(text);
  const frame = Buffer.allocUnsafe(headerBytes(bytes) + bytes);
  frame.write(text, writeHeader(frame, bytes), 'utf8');
  return frame;
}

/** A control message as one WebSocket frame. */
export function controlFrame(message: ServerMessage): Buffer {
  return textFrame(encodeControl(message));
}

/**
 * Encodes a publication for everybody: a complete WebSocket frame that holds `offset SP time SP channel SP payload`, whose end,
 * from `nativeAt`, is at the same time the ZeroMQ frame `channel SP payload`.
 */
export function publicationFrame(
  offset: number,
  time: number,
  channel: string,
  payload: Uint8Array,
): { frame: Buffer; nativeAt: number } {
  const head = `${offset} ${time} `;
  const channelBytes = Buffer.byteLength(channel);
  const textBytes = head.length + channelBytes + 1 + payload.byteLength;
  const frame = Buffer.allocUnsafe(headerBytes(textBytes) + textBytes);
  let at = writeHeader(frame, textBytes);
  at += frame.write(head, at, 'latin1');
  const nativeAt = at;
  at += frame.write(channel, at, 'utf8');
  frame[at] = 0x20;
  frame.set(payload, at + 1);
  return { frame, nativeAt };
}

/** Encodes an upstream gap for everybody: it names the channel, so that one frame serves all who want it. */
export function gapFrame(gap: Omit<ChannelGap, 'reason' | 'to'>): { frame: Buffer; nativeAt: number } {
  const { channel, epoch, from, missed } = gap;
  const frame = controlFrame({ gap: { channel, reason: 'upstream', epoch, from, to: from, missed } });
  return { frame, nativeAt: frame.length };
}

/** Entries one after another in one buffer; a single frame is not copied. */
export function joined(entries: readonly { readonly frame: Buffer }[]): Buffer {
  const [only] = entries;
  if (entries.length === 1 && only) return only.frame;
  return Buffer.concat(entries.map((entry) => entry.frame));
}
