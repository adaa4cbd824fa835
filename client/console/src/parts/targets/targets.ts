import { channelFault, isReserved, type Limits, putCost, utf8Bytes } from '@zerospan/shared';

/** Channels of one broadcast, at most: ten puts of the most that one may have. */
export const TARGETS_MOST = 10_000;

export interface Targets {
  /** Each once, in the order in which they were written. */
  readonly names: readonly string[];
  /** How many were named more than once, and counted once. */
  readonly repeated: number;
  /** What is no name of a channel, and why; the first 20. */
  readonly faults: readonly { readonly text: string; readonly words: string }[];
}

/** Reads channels as people write and paste them: any white space, commas or semicolons between them. */
export function readTargets(text: string): Targets {
  const parts = text.split(/[\s,;]+/u).filter((part) => part !== '');
  const names = new Set<string>();
  const faults: { text: string; words: string }[] = [];
  let repeated = 0;
  for (const part of parts) {
    const words = isReserved(part)
      ? 'Channels that begin with $ are the server’s own.'
      : sentence(channelFault(part));
    if (words !== undefined && faults.length < 20) faults.push({ text: part, words });
    if (words === undefined && names.has(part)) repeated++;
    if (words === undefined) names.add(part);
  }
  if (names.size > TARGETS_MOST)
    faults.push({ text: '', words: `${names.size} channels are more than ${TARGETS_MOST}.` });
  return { names: [...names], repeated, faults };
}

/**
 * Splits channels into puts, each of which the server takes whole or not at all, in order.
 * @param payloadBytes of the message
 */
export function putsFor(
  names: readonly string[],
  payloadBytes: number,
  limits: Pick<Limits, 'putChannels' | 'putBytes' | 'envelopeBytes'>,
): readonly (readonly string[])[] {
  const puts: string[][] = [];
  let bytes = 0;
  let envelope = 0;
  for (const name of names) {
    const cost = putCost([name], payloadBytes).bytes;
    // As the envelope has it, with a comma.
    const written = utf8Bytes(JSON.stringify(name)) + 1;
    const last = puts.at(-1);
    const isFull =
      last === undefined ||
      last.length >= limits.putChannels ||
      bytes + cost > limits.putBytes ||
      envelope + written > limits.envelopeBytes - ENVELOPE_REST_BYTES;
    if (isFull) {
      puts.push([name]);
      bytes = cost;
      envelope = written;
    } else {
      last.push(name);
      bytes += cost;
      envelope += written;
    }
  }
  return puts;
}

/** What else an envelope holds: its id, the request for a receipt, brackets. */
const ENVELOPE_REST_BYTES = 512;

function sentence(words: string | undefined): string | undefined {
  return words && `${words.charAt(0).toUpperCase()}${words.slice(1)}.`;
}

/** What all names begin with. */
export function commonStart(names: readonly string[]): string {
  const [first = ''] = names;
  let length = first.length;
  for (const name of names) while (!name.startsWith(first.slice(0, length))) length -= 1;
  return first.slice(0, length);
}
