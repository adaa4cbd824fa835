/** Bytes of the header of an unmasked WebSocket frame, by its second byte: RFC 6455, section 5.2. */
export function headerBytes(short: number): number {
  if (short < 126) return 2;
  return short === 126 ? 4 : 10;
}

/** Bytes of the payload of the frame that begins at `start`, whose header is all there. */
export function payloadBytes(data: Buffer, start: number, short: number): number {
  if (short < 126) return short;
  return short === 126 ? data.readUInt16BE(start + 2) : Number(data.readBigUInt64BE(start + 2));
}
