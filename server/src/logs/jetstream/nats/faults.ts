import { JetStreamApiCodes, JetStreamApiError } from '@nats-io/jetstream';
import { StreamFault } from '../stream.ts';

/** An answer that takes longer has not come: servers that elect a leader answer nothing for seconds. */
export const ANSWER_MS = 2_000;

/** Codes of errors that say that there is no room, of whatever kind. */
const FULL: ReadonlySet<number> = new Set([
  // Insufficient storage or memory, of a server or an account.
  10_023, 10_028, 10_047,
  // The stream could not store it, as on a full disk.
  10_077,
]);

/** Says as a `StreamFault` what a question failed with. */
export function faultOf(error: unknown): StreamFault {
  if (error instanceof StreamFault) return error;
  const { message } = error as Error;
  const isGone = error instanceof JetStreamApiError && error.code === JetStreamApiCodes.StreamNotFound;
  return new StreamFault(isGone ? 'gone' : 'away', message, { cause: error });
}

/** Why a stream refused a message; undefined: nobody knows whether it did. */
export function refusalOf(code: number): 'full' | 'other-last' | 'rule' | undefined {
  if (FULL.has(code)) return 'full';
  if (code === JetStreamApiCodes.StreamWrongLastSequence) return 'other-last';
  // Servers have said this of messages that they had stored.
  if (code === JetStreamApiCodes.StreamWrongLastSequenceUnknown) return undefined;
  return RULES.has(code) ? 'rule' : undefined;
}

/** Another stream takes the subject; a message is too large; the stream is sealed. */
const RULES: ReadonlySet<number> = new Set([10_054, 10_060, 10_109]);
