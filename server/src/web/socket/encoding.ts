import { encodeControl, type ServerMessage } from '@zerospan/shared';
import type { Encoding } from '../../core/fanout/encoding.ts';

/** The header of a final, unmasked text frame: RFC 6455, section 5.2. */
function headerBytes(textBytes: number): number {
  if (textBytes < 126) return 2;
  return textBytes < 65_536 ? 4 : 10;
}

/** @returns how many bytes it is */
function writeHeader(memory: Buffer, at: number, textBytes: number): number {
  memory[at] = 0x81;
  if (textBytes < 126) {
    memory[at + 1] = textBytes;
    return 2;
  }
  if (textBytes < 65_536) {
    memory[at + 1] = 126;
    memory.writeUInt16BE(textBytes, at + 2);
    return 4;
  }
  memory[at + 1] = 127;
  memory.writeUInt32BE(0, at + 2);
  memory.writeUInt32BE(textBytes, at + 6);
  return 10;
}

/** A control message as one frame. */
export function controlFrame(message: ServerMessage): Buffer {
  const text = encodeControl(message);
  const textBytes = Buffer.byteLength(text);
  const frame = Buffer.allocUnsafe(headerBytes(textBytes) + textBytes);
  frame.write(text, writeHeader(frame, 0, textBytes), 'utf8');
  return frame;
}

/** Each entry as one frame. A single one is sent as it lies in the log, behind a header in its headroom. */
export const webSocketEncoding: Encoding = {
  transport: 'websocket',
  encode(entries) {
    const [only] = entries;
    if (entries.length === 1 && only) {
      const frame = only.withHeadroom(headerBytes(only.textBytes));
      writeHeader(frame, 0, only.textBytes);
      return frame;
    }
    let bytes = 0;
    for (const { textBytes } of entries) bytes += headerBytes(textBytes) + textBytes;
    const frames = Buffer.allocUnsafe(bytes);
    let at = 0;
    for (const entry of entries) {
      at += writeHeader(frames, at, entry.textBytes);
      frames.set(entry.text, at);
      at += entry.textBytes;
    }
    return frames;
  },
};
