import { encodeControl, type ServerMessage } from '@zerospan/shared';
import type { Entry } from './log.ts';

/** The header of a final, unmasked text frame: RFC 6455, section 5.2. */
function headerBytes(textBytes: number): number {
  if (textBytes < 126) return 2;
  return textBytes < 65_536 ? 4 : 10;
}

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

/** A text as one WebSocket frame. */
function textFrame(text: string): Buffer {
  const bytes = Buffer.byteLength(text);
  const frame = Buffer.allocUnsafe(headerBytes(bytes) + bytes);
  frame.write(text, writeHeader(frame, 0, bytes), 'utf8');
  return frame;
}

/** A control message as one WebSocket frame. */
export function controlFrame(message: ServerMessage): Buffer {
  return textFrame(encodeControl(message));
}

/** Entries one after another in one buffer; a single one is not copied. */
export function joined(entries: readonly Entry[]): Buffer {
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
}

export function offsetsOf(entries: readonly { readonly offset: number }[]): number[] {
  return entries.map(({ offset }) => offset);
}
