import { isUtf8 } from 'node:buffer';
import { channelFault, EVERY_CHANNEL, jsonFault, memberOf } from '@zerospan/shared';
import type { StoreRecord } from '../../core/log/store.ts';
import { ZEROMQ_USER } from '../../core/sharing/fair-share.ts';

/** Deepest that the JSON of a line may be nested: what any server may have taken, and the object around it. */
const DEPTH = 32 * 1_024;

/** A line as a record. */
export interface ImportedLine {
  readonly record: StoreRecord;
  /** In ms since 1970; undefined: it says none, as gaps may. */
  readonly time: number | undefined;
}

/** Fields of a line, each of any kind. */
type Fields = Readonly<Record<string, unknown>>;

/**
 * Reads a line of an export, of `/v1/history` or of `subscribe --json`.
 * @throws Error that says what is wrong, as the end of a sentence
 */
export function importedLine(line: Buffer): ImportedLine {
  if (!isUtf8(line)) throw new Error('it is not UTF-8');
  if (jsonFault(line, DEPTH)) throw new Error('it is not JSON');
  const text = line.toString();
  const said = fieldsOf(JSON.parse(text));
  if (said === undefined) throw new Error('it is not a JSON object');
  const gap = fieldsOf(said.gap);
  if (gap) return gapOf(gap);
  const message = memberOf(text, 'message');
  if (typeof said.channel !== 'string' || message === undefined)
    throw new Error('it has neither "channel" and "message", nor "gap"');
  const time = timeOf(said.time);
  if (time === undefined) throw new Error('it has no "time"');
  const record: StoreRecord = {
    kind: 'put',
    channels: [goodChannel(said.channel)],
    payload: Buffer.from(message),
    republish: false,
    user: ZEROMQ_USER,
    key: undefined,
  };
  return { record, time };
}

function gapOf({ channel = EVERY_CHANNEL, missed = null, time }: Fields): ImportedLine {
  if (typeof channel !== 'string') throw new Error('the "channel" of its gap is no text');
  const isCount = missed === null || (Number.isSafeInteger(missed) && (missed as number) >= 1);
  if (!isCount) throw new Error('the "missed" of its gap is neither a whole number from 1 nor null');
  const channels = [channel === EVERY_CHANNEL ? channel : goodChannel(channel)];
  return { record: { kind: 'gap', channels, missed: missed as number | null }, time: timeOf(time) };
}

function goodChannel(channel: string): string {
  const fault = channelFault(channel);
  if (fault) throw new Error(`its channel is not a good name: ${fault}`);
  return channel;
}

function timeOf(time: unknown): number | undefined {
  if (time === undefined) return undefined;
  if (!Number.isSafeInteger(time) || (time as number) < 0)
    throw new Error('its "time" is not a whole number of ms since 1970');
  return time as number;
}

function fieldsOf(value: unknown): Fields | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
}
