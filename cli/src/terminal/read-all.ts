import type { Readable } from 'node:stream';
import { ZerospanError } from '@zerospan/shared';
import { EXIT, Failure } from './failure.ts';

/**
 * All of stdin as a text, without white space at its ends.
 * @throws ZerospanError `too-large` beyond `mostBytes`, white space included: an endless stdin must not fill the
 * memory. Failure when it is not UTF-8
 */
export async function readAll(stdin: Readable, mostBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stdin) {
    const part = Buffer.from(chunk as Buffer);
    bytes += part.length;
    if (bytes > mostBytes) throw new ZerospanError('too-large', `stdin holds more than ${mostBytes} bytes`);
    chunks.push(part);
  }
  const text = Buffer.concat(chunks);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(text).trim();
  } catch {
    throw new Failure(EXIT.usage, 'stdin is not UTF-8', 'Text is UTF-8.');
  }
}
