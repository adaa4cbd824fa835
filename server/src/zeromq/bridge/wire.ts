/**
 * The topic of what bridges send each other on `bus.address`, beside what plain subscribers receive. No channel begins
 * with its first byte, which is no UTF-8, and `Subscriptions` keeps it from peers that subscribe to everything.
 */
export const RELAY_TOPIC = Buffer.concat([Buffer.from([0xff]), Buffer.from('zerospan.relay.1 ')]);

/** The same, a character a byte, as topics are counted. */
export const RELAY_TOPIC_TEXT = RELAY_TOPIC.toString('latin1');

/** Longest header that is read, in bytes. */
const HEADER_MAX_BYTES = 256;

/** Where a publication entered a circle of bridges, and its number there: what every copy of it has in common. */
export interface Origin {
  readonly bridge: string;
  readonly number: number;
}

/** What one bridge says to another. `place` counts the publications that went out from the sender since it started. */
export type RelayHeader =
  /** The next part is its frame `channel SP payload`. */
  | { readonly kind: 'publication'; readonly sender: string; readonly place: number; readonly origin: Origin }
  /** `state`: nothing new. `end`: the sender stops, and this was all. */
  | { readonly kind: 'state' | 'end'; readonly sender: string; readonly place: number }
  /** The next part is an announcement of the loop guard. */
  | { readonly kind: 'announcement' };

/** Whether the first part of a message is one of a bridge. */
export function isRelayed(part: Buffer | undefined): part is Buffer {
  return part !== undefined && part[0] === RELAY_TOPIC[0] && part.indexOf(RELAY_TOPIC) === 0;
}

/** The header of a publication. @param origin in the words of `originText`, which the log carries along */
export function encodePublication(sender: string, place: number, origin: string): Buffer {
  return Buffer.from(`${RELAY_TOPIC_TEXT}publication ${sender} ${place} ${origin}`, 'latin1');
}

export function encodeHeader(header: Exclude<RelayHeader, { kind: 'publication' }>): Buffer {
  const words = header.kind === 'announcement' ? '' : ` ${header.sender} ${header.place}`;
  return Buffer.from(`${RELAY_TOPIC_TEXT}${header.kind}${words}`, 'latin1');
}

/** Reads what `isRelayed` answered true for; undefined for what no bridge of this version sends. */
export function readHeader(part: Buffer): RelayHeader | undefined {
  if (part.length > HEADER_MAX_BYTES) return undefined;
  const [kind, sender, place, bridge, number] = part.toString('latin1', RELAY_TOPIC.length).split(' ');
  if (kind === 'announcement') return { kind };
  const from = countedBy(sender, place);
  if (!from) return undefined;
  if (kind === 'state' || kind === 'end') return { kind, sender: from.bridge, place: from.number };
  const origin = countedBy(bridge, number);
  if (kind !== 'publication' || !origin) return undefined;
  return { kind, sender: from.bridge, place: from.number, origin };
}

/** An origin as the log carries it along with an entry, and as a header ends. */
export function originText({ bridge, number }: Origin): string {
  return `${bridge} ${number}`;
}

const NAME = /^[\w-]{1,64}$/;
const DECIMALS = /^\d{1,16}$/;

function countedBy(bridge: string | undefined, digits: string | undefined): Origin | undefined {
  if (bridge === undefined || digits === undefined || !NAME.test(bridge) || !DECIMALS.test(digits))
    return undefined;
  const number = Number(digits);
  return Number.isSafeInteger(number) ? { bridge, number } : undefined;
}
