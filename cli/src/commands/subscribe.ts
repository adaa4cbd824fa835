import type { Gap, Publication } from '@zerospan/client';
import { type Filter, filterSetFault, toFilterSet, ZerospanError } from '@zerospan/shared';
import { busUrl, connect } from '../connection/connect.ts';
import { EXIT, Failure } from '../terminal/failure.ts';
import {
  compact,
  OutputLost,
  printable,
  say,
  styled,
  type Terminal,
  writeData,
} from '../terminal/terminal.ts';
import { hintAtPrefixes } from './wildcard-hint.ts';

export interface SubscribeOptions {
  readonly url: string;
  readonly ca?: string;
  readonly tokenFile?: string;
  readonly prefix: readonly string[];
  readonly all?: boolean;
  /** History first: the newest `last` publications of each channel. */
  readonly last?: number;
  /** After falling behind: of each channel the newest only. */
  readonly latest?: boolean;
  /** Ends after this many publications. */
  readonly count?: number;
  readonly timeoutMs?: number;
  readonly json?: boolean;
  /** Before each publication its time and its offset; JSON has them anyway. */
  readonly verbose?: boolean;
}

/** Writes publications as they come: a line each, the payload's text as it was put. */
export async function subscribe(
  channels: readonly string[],
  options: SubscribeOptions,
  terminal: Terminal,
): Promise<number> {
  const { url, ca, tokenFile, count = Number.POSITIVE_INFINITY, timeoutMs, last, latest } = options;
  const filters = filtersOf(channels, options);
  hintAtPrefixes(channels, { prefix: '--prefix', all: '--all' }, terminal);
  const address = busUrl(url);
  const late = timeoutMs === undefined ? undefined : AbortSignal.timeout(timeoutMs);
  /** Aborted when a gap cannot be written: nobody awaits that write. */
  const lost = new AbortController();
  const signal = AbortSignal.any([terminal.interrupted, lost.signal, ...(late ? [late] : [])]);
  const bus = await connect({ url: address, ca, tokenFile, name: 'zerospan subscribe' }, terminal, timeoutMs);
  try {
    // Its hint at prefixes is in the words of code; the one at flags is given above.
    bus.on('warning', () => undefined);
    const subscriber = bus.subscribe(filters, {
      signal,
      ...(last !== undefined && { replay: { last } }),
      ...(latest && { onLag: 'latest' }),
    });
    subscriber.on('gap', (gap) => {
      printGap(terminal, gap, options).catch((error: unknown) => lost.abort(error));
    });
    await subscriber.ready;
    say(terminal, `zerospan: subscribed at ${address}`);
    for (let n = 0; n < count; n++) {
      const publication = await subscriber.get({ block: true, signal });
      if (!publication) break;
      await writeData(terminal, lineOf(publication, options, terminal));
    }
    // The signal ends the subscriber without a result of `get`, so the cause is checked here.
    lost.signal.throwIfAborted();
    if (late?.aborted && !terminal.interrupted.aborted) throw late.reason;
    return EXIT.ok;
  } catch (error) {
    if (lost.signal.aborted) throw lost.signal.reason;
    if (error instanceof OutputLost) throw error;
    if (terminal.interrupted.aborted) return EXIT.ok;
    if (late?.aborted) throw new ZerospanError('timeout', `stopped after ${timeoutMs} ms`, { remedy: '' });
    throw error;
  } finally {
    await bus.close({ timeoutMs: 0 });
  }
}

function filtersOf(channels: readonly string[], { prefix, all }: SubscribeOptions): Filter[] {
  // '' as a channel means all, as it does in the client: no less so for a shell variable that is empty by mistake.
  const empty = channels.includes('') || prefix.includes('');
  if (empty) throw new Failure(EXIT.usage, 'a channel is empty', 'Use --all to subscribe to all channels.');
  const filters: Filter[] = [...channels, ...prefix.map((each) => ({ prefix: each })), ...(all ? [''] : [])];
  if (filters.length === 0)
    throw new Failure(
      EXIT.usage,
      'name a channel, a --prefix, or --all',
      'For example: zerospan subscribe room1 --prefix vote.',
    );
  const fault = filterSetFault(toFilterSet(filters));
  if (fault) throw new Failure(EXIT.usage, fault);
  return filters;
}

function lineOf(
  { channel, offset, time, text }: Publication,
  { json, verbose }: SubscribeOptions,
  { stdout, env }: Terminal,
): string {
  if (json)
    return `{"channel":${JSON.stringify(channel)},"offset":${offset},"time":${time},"message":${compact(text)}}`;
  const line = `${styled('cyan', channel, stdout, env)} ${printable(compact(text))}`;
  return verbose ? `${new Date(time).toISOString()} ${offset} ${line}` : line;
}

async function printGap(terminal: Terminal, gap: Gap, { json }: SubscribeOptions): Promise<void> {
  if (json) {
    await writeData(terminal, JSON.stringify({ gap }));
    return;
  }
  const missed = gap.missed === null ? 'an unknown number of publications' : `${gap.missed} publications`;
  say(
    terminal,
    `zerospan: gap (${gap.reason}): ${missed} missing, offsets ${gap.from ?? '?'} to ${gap.to ?? '?'}`,
  );
}
