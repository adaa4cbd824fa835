const LINE_FEED = 0x0a;

/** Longest line, in bytes: more than a put can have. */
const LINE_BYTES = 64 * 1024 * 1024;

/**
 * Cuts bytes into lines, without their line feeds. Other characters that end lines of texts may stand in JSON as they
 * are.
 * @throws RangeError where a line is longer than any put
 */
export async function* linesOf(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let begun: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of chunks) {
    let at = 0;
    for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, at)) {
      yield Buffer.concat([...begun, chunk.subarray(at, end)]);
      [begun, bytes] = [[], 0];
      at = end + 1;
    }
    begun.push(chunk.subarray(at));
    bytes += chunk.length - at;
    if (bytes > LINE_BYTES) throw new RangeError(`a line has more than ${LINE_BYTES} bytes`);
  }
  if (bytes > 0) yield Buffer.concat(begun);
}
