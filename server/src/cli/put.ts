import type { Readable } from 'node:stream';
import { LIMITS, ZerospanError } from '@zerospan/shared';
import { busUrl, connect } from './connect.ts';
import { EXIT, Failure } from './failure.ts';
import { say, type Terminal, writeData } from './terminal.ts';

export interface PutOptions {
  readonly url: string;
  readonly channel: readonly string[];
  /** For connecting and for the answer, each. */
  readonly timeoutMs: number;
  readonly json?: boolean;
}

/** Puts one JSON text on channels and tells what came of it. */
export async function put(
  json: string,
  { url, channel, timeoutMs, json: asJson }: PutOptions,
  terminal: Terminal,
): Promise<number> {
  if (channel.length === 0)
    throw new Failure(EXIT.usage, 'name a channel', 'For example: zerospan put -c room1 \'"hello"\'');
  const text = json === '-' ? await readAll(terminal.stdin) : json;
  const address = busUrl(url);
  checkJson(text);
  const bus = await connect(address, terminal, timeoutMs);
  try {
    const late = AbortSignal.timeout(timeoutMs);
    const signal = AbortSignal.any([terminal.interrupted, late]);
    const result = await bus
      .publish()
      .putText(channel, text, { signal })
      .catch((error: unknown) => {
        throw late.aborted
          ? new ZerospanError('timeout', `no answer within ${timeoutMs} ms; it may have been appended`)
          : error;
      });
    if (asJson) await writeData(terminal, JSON.stringify(result));
    for (const { channel: name, offset, sessions, nativeSubscriptions } of asJson ? [] : result.channels) {
      const wanted = `${count(sessions, 'session')} and ${count(nativeSubscriptions, 'ZeroMQ subscription')}`;
      say(terminal, `${name}: accepted at offset ${offset}, wanted by ${wanted}`);
    }
    return EXIT.ok;
  } finally {
    await bus.close({ timeoutMs: 0 });
  }
}

function checkJson(text: string): void {
  try {
    JSON.parse(text);
  } catch (cause) {
    const quoted =
      text.length <= 60 && /^[^"\\\n]+$/.test(text)
        ? ` A text has quotes of its own: '${JSON.stringify(text)}'.`
        : '';
    throw new Failure(
      EXIT.usage,
      `the message is not JSON: ${(cause as Error).message}`,
      `Give one JSON value, or - to read it from stdin.${quoted}`,
    );
  }
}

async function readAll(stdin: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stdin) {
    const part = Buffer.from(chunk as Buffer);
    bytes += part.length;
    // Far above what a put may be, white space at the ends included: an endless stdin must not fill the memory.
    if (bytes > LIMITS.messageBytes)
      throw new ZerospanError('too-large', `stdin holds more than ${LIMITS.messageBytes} bytes`);
    chunks.push(part);
  }
  const text = Buffer.concat(chunks);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(text).trim();
  } catch {
    throw new Failure(EXIT.usage, 'stdin is not UTF-8', 'JSON text is UTF-8.');
  }
}

function count(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? '' : 's'}`;
}
