import type { PutChannel } from '@zerospan/client';
import { LIMITS, ZerospanError } from '@zerospan/shared';
import { busUrl, connect } from './connect.ts';
import { EXIT, Failure } from './failure.ts';
import { readAll } from './read-all.ts';
import { say, type Terminal, writeData } from './terminal.ts';

export interface PutOptions {
  readonly url: string;
  readonly ca?: string;
  readonly tokenFile?: string;
  readonly channel: readonly string[];
  /** Waits so long for those who want it to acknowledge it; without it, not at all. */
  readonly confirmMs?: number;
  /** For connecting and for the answer, each. */
  readonly timeoutMs: number;
  readonly json?: boolean;
}

/** Puts one JSON text on channels and tells what came of it. */
export async function put(
  json: string,
  { url, ca, tokenFile, channel, confirmMs, timeoutMs, json: asJson }: PutOptions,
  terminal: Terminal,
): Promise<number> {
  if (channel.length === 0)
    throw new Failure(EXIT.usage, 'name a channel', 'For example: zerospan put -c room1 \'"hello"\'');
  const text = json === '-' ? await readAll(terminal.stdin, LIMITS.messageBytes) : json;
  const address = busUrl(url);
  checkJson(text);
  const bus = await connect({ url: address, ca, tokenFile }, terminal, timeoutMs);
  try {
    const answerMs = timeoutMs + (confirmMs ?? 0);
    const late = AbortSignal.timeout(answerMs);
    const signal = AbortSignal.any([terminal.interrupted, late]);
    const result = await bus
      .publish()
      .putText(channel, text, { signal, ...(confirmMs && { confirm: { timeoutMs: confirmMs } }) })
      .catch((error: unknown) => {
        throw late.aborted
          ? new ZerospanError('timeout', `no answer within ${answerMs} ms; it may have been appended`)
          : error;
      });
    if (asJson) await writeData(terminal, JSON.stringify(result));
    if (!asJson) for (const each of result.channels) say(terminal, lineOf(each));
    return EXIT.ok;
  } finally {
    await bus.close({ timeoutMs: 0 });
  }
}

function lineOf({ channel, offset, sessions, nativeSubscriptions, ...counts }: PutChannel): string {
  const wanted = `${count(sessions, 'session')} and ${count(nativeSubscriptions, 'ZeroMQ subscription')}`;
  const { confirmed, skipped, unanswered } = counts;
  const got =
    confirmed === undefined
      ? ''
      : `; ${count(confirmed, 'session')} confirmed, ${skipped} skipped, ${unanswered} unanswered`;
  return `${channel}: accepted at offset ${offset}, wanted by ${wanted}${got}`;
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

function count(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? '' : 's'}`;
}
