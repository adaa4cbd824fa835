import type { Cohort, Member } from '../fanout/cohort.ts';
import type { Cohorts } from '../fanout/cohorts.ts';
import { PLACE_BYTES } from './places.ts';

/**
 * What a receipt takes of memory, as measured: by itself, and for each channel, group of sessions, and session that has
 * to answer.
 */
const BYTES = { receipt: 3_072, channel: 64, group: 256, witness: 128 } as const;

/** Places of one receipt: channels, for each set of filters that wants them. More would hold the event loop. */
const PLACES_MOST = 1_000_000;

/** Who wants which channels of a put, by the index of the channel: one for each set of filters. */
export interface Crowd {
  readonly groups: readonly { readonly members: readonly Member[]; readonly indexes: readonly number[] }[];
  /** What a receipt of them takes, but for what is known of single publications. */
  readonly bytes: number;
}

/** What a receipt has less to hold once a session has answered. */
export const WITNESS_BYTES = BYTES.witness;

/**
 * Who wants these channels now.
 * @param most bytes that their receipt may take
 * @returns undefined if it would take more: no more of them is looked at then
 */
export function crowdOf(cohorts: Cohorts, channels: readonly string[], most: number): Crowd | undefined {
  const wanted = new Map<Cohort, number[]>();
  let looked = 0;
  let bytes = BYTES.receipt;
  for (const { length } of channels) bytes += BYTES.channel + length;
  const places = channels.reduce((sum, channel) => sum + cohorts.cohortsWanting(channel), 0);
  if (places > PLACES_MOST || bytes + places * PLACE_BYTES > most) return undefined;
  for (const [index, channel] of channels.entries()) {
    cohorts.each(channel, (cohort) => {
      looked++;
      if (bytes > most) return;
      bytes += PLACE_BYTES;
      const indexes = wanted.get(cohort);
      if (indexes) {
        indexes.push(index);
        return;
      }
      wanted.set(cohort, [index]);
      bytes += BYTES.group;
      for (const { witnesses } of cohort.wanting) if (witnesses) bytes += BYTES.witness;
    });
    if (bytes > most) break;
  }
  for (const { wanting } of wanted.keys()) looked += wanting.size;
  cohorts.spend(looked);
  if (bytes > most) return undefined;
  const groups = [...wanted].map(([{ wanting }, indexes]) => ({ members: [...wanting], indexes }));
  return { groups, bytes };
}
