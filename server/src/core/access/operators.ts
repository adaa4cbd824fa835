import { type FilterSet, prefixCovers, STATS_CHANNEL, ZerospanError } from '@zerospan/shared';
import type { Identity } from './gate.ts';

/** A right to what is for operators, as the claim of a token says it. */
export type OperatorRight = 'admin' | 'metrics' | 'observe' | 'confirm: "names"';

/** Where nobody judges tokens, what is for operators is for clients of the server's own machine. */
const THIS_MACHINE_ONLY = {
  reason: 'Without keys for tokens, the server answers this to requests of its own machine alone.',
  remedy: 'Ask on that machine, past every proxy; or give the server a key (--auth-key) and send a token.',
} as const;

/**
 * Why a client without a right of operators is rejected: `forbidden`.
 * @param what a sentence on what the right is for, where the request does not say it
 */
export function lacking(right: OperatorRight, { subject }: Identity, what?: string): ZerospanError {
  const { reason, remedy } = THIS_MACHINE_ONLY;
  const about = what === undefined ? '' : `${what} `;
  return subject === undefined
    ? new ZerospanError('forbidden', `${about}${reason}`, { remedy })
    : new ZerospanError('forbidden', `${about}The token does not grant ${right}.`);
}

/** Whether a client may read the state of the server: its sessions, its channels, its statistics. */
export function mayObserve({ grants }: Identity): boolean {
  return grants.admin || grants.observe === true;
}

/** Whether filters let the channel of statistics through. */
export function reachesStats({ channels, prefixes }: FilterSet): boolean {
  return channels.includes(STATS_CHANNEL) || prefixes.some((prefix) => prefixCovers(prefix, STATS_CHANNEL));
}
