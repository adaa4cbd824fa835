import { beforeWildcard, LIMITS, ZerospanError } from '@zerospan/shared';
import { busUrl, connect } from '../connection/connect.ts';
import { EXIT, Failure } from '../terminal/failure.ts';
import { readAll } from '../terminal/read-all.ts';
import { OutputLost, say, type Terminal, writeData } from '../terminal/terminal.ts';
import { receiptLines } from './receipt-text.ts';

export interface PutOptions {
  readonly url: string;
  readonly ca?: string;
  readonly tokenFile?: string;
  readonly channel: readonly string[];
  /** Waits up to this many ms for subscribers to acknowledge it; without it, not at all. */
  readonly confirmMs?: number;
  /** With `confirmMs`: also who they are. */
  readonly who?: boolean;
  /** For connecting and for the answer, each. */
  readonly timeoutMs: number;
  readonly json?: boolean;
}

/** For a shell, quotes included. */
const EXAMPLE = 'zerospan put room1 \'"hello"\'';

/**
 * Puts one JSON text on channels and writes what came of it.
 * @param words the message, or one channel and the message; with `channel` the message alone
 */
export async function put(
  words: readonly string[],
  { url, ca, tokenFile, channel: named, confirmMs, who, timeoutMs, json: asJson }: PutOptions,
  terminal: Terminal,
): Promise<number> {
  const { channels, json } = requestIn(words, named);
  if (who && confirmMs === undefined)
    throw new Failure(
      EXIT.usage,
      '--who needs --confirm-ms',
      'Say how long to wait: --confirm-ms 2000 --who',
    );
  const text = json === '-' ? await readAll(terminal.stdin, LIMITS.messageBytes) : json;
  const address = busUrl(url);
  checkJson(text);
  for (const each of channels.filter((channel) => beforeWildcard(channel) !== undefined))
    say(terminal, `zerospan: ${each} is one channel of exactly this name; a put names each of its channels`);
  const bus = await connect({ url: address, ca, tokenFile, name: 'zerospan put' }, terminal, timeoutMs);
  try {
    const answerMs = timeoutMs + (confirmMs ?? 0);
    const late = AbortSignal.timeout(answerMs);
    const signal = AbortSignal.any([terminal.interrupted, late]);
    const result = await bus
      .publish()
      .putText(channels, text, {
        signal,
        ...(confirmMs && { confirm: { timeoutMs: confirmMs, ...(who && { who }) } }),
      })
      .catch((error: unknown) => {
        throw late.aborted
          ? new ZerospanError('timeout', `no answer within ${answerMs} ms; it may have been appended`)
          : error;
      });
    const lines = asJson ? [JSON.stringify(result)] : receiptLines(result);
    await writeResult(lines, terminal);
    return EXIT.ok;
  } finally {
    await bus.close({ timeoutMs: 0 });
  }
}

/** One that puts again because it did not see the result would put twice, so the loss of the result names the put. */
async function writeResult(lines: readonly string[], terminal: Terminal): Promise<void> {
  try {
    for (const line of lines) await writeData(terminal, line);
  } catch (error) {
    if (error instanceof OutputLost) say(terminal, 'zerospan: the put was accepted; its result is lost');
    throw error;
  }
}

/**
 * Two arguments are a channel and the message, as `subscribe` takes a channel. More are never guessed at: a text
 * without quotes of the shell must not be put on channels named by its words.
 */
function requestIn(
  words: readonly string[],
  named: readonly string[],
): { channels: readonly string[]; json: string } {
  const [first, second] = words;
  if (words.length > (named.length > 0 ? 1 : 2))
    throw new Failure(
      EXIT.usage,
      named.length > 0
        ? `with -c the only argument is the message, got ${words.length} arguments`
        : `expected a channel and a message, got ${words.length} arguments`,
      `Write the message as one argument, in single quotes, and several channels as -c a -c b: ${EXAMPLE}`,
    );
  if (named.length > 0 && first !== undefined) return { channels: named, json: first };
  if (first !== undefined && second !== undefined) return { channels: [first], json: second };
  const lacks = first === undefined || !isJson(first) ? 'a message' : 'a channel';
  const both = first === undefined && named.length === 0 ? 'a channel and a message' : lacks;
  throw new Failure(EXIT.usage, `name ${both}`, `For example: ${EXAMPLE}`);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return text === '-';
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
