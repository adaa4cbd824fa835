import type { Cohort, Member } from '../fanout/cohort.ts';
import type { Cohorts } from '../fanout/cohorts.ts';
import { ROW_BYTES } from './naming/rows.ts';
import { PLACE_BYTES, type PutChannel } from './places.ts';

/**
 * What a receipt takes of memory, as measured: by itself, and for each channel, group of sessions, and session that has
 * to answer.
 */
const BYTES = { receipt: 3_072, channel: 64, group: 256, witness: 128 } as const;

/**
 * Places of one receipt: channels, for each set of filters that matches them, or for each session where these are
 * named. More would block the event loop.
 */
const PLACES_MOST = 1_000_000;

/** What a receipt has less to hold once a session has answered. */
export const WITNESS_BYTES = BYTES.witness;

/** Channels of a put whose entries fan-out took in one turn, and the sessions that matched them then. */
export interface Recipients {
  readonly channels: readonly PutChannel[];
  /** Sessions and the channels that match them, by index: one group for each set of filters. */
  readonly groups: readonly { readonly members: readonly Member[]; readonly indexes: readonly number[] }[];
  /** Of each channel: sessions that there was no memory for. */
  readonly unasked: readonly number[];
  /** The same sessions, where they are to be named. */
  readonly unnamed: readonly Member[];
}

/** What a receipt of these channels takes before anybody is looked for. */
export function ownBytesOf(channels: readonly string[]): number {
  return channels.reduce((sum, { length }) => sum + length, BYTES.receipt + channels.length * BYTES.channel);
}

/**
 * What a receipt of these channels takes, by the sessions that match them now.
 * @param most bytes that it may take
 * @param isNamed whether it names its sessions
 * @returns undefined if it would take more: the rest of the channels is not checked then
 */
export function bytesOf(
  cohorts: Cohorts,
  channels: readonly string[],
  most: number,
  isNamed: boolean,
): number | undefined {
  const matching = new Set<Cohort>();
  let scanned = 0;
  let bytes = ownBytesOf(channels);
  const places = channels.reduce((sum, channel) => sum + cohorts.cohortsMatching(channel), 0);
  const named = isNamed ? channels.reduce((sum, channel) => sum + cohorts.sessionsMatching(channel), 0) : 0;
  if (Math.max(places, named) > PLACES_MOST) return undefined;
  if (bytes + places * PLACE_BYTES + named * ROW_BYTES.place > most) return undefined;
  for (const channel of channels) {
    cohorts.each(channel, (cohort) => {
      scanned++;
      if (bytes > most) return;
      bytes += placeBytesOf(cohort, isNamed);
      if (matching.has(cohort)) return;
      matching.add(cohort);
      bytes += groupBytesOf(cohort, isNamed);
    });
    if (bytes > most) break;
  }
  for (const cohort of matching) scanned += cohort.sessions.size * (isNamed ? 2 : 1);
  cohorts.spend(scanned);
  return bytes > most ? undefined : bytes;
}

/** Collects recipients, entry by entry, in one turn. */
export class RecipientsOfATurn {
  readonly #cohorts: Cohorts;
  readonly #afford: (bytes: number) => boolean;
  readonly #isNamed: boolean;
  readonly #channels: PutChannel[] = [];
  readonly #matched = new Map<Cohort, number[]>();
  readonly #unasked: number[] = [];
  readonly #unnamed: Member[] = [];

  /** @param afford takes memory, if there is any */
  constructor(cohorts: Cohorts, afford: (bytes: number) => boolean, isNamed: boolean) {
    this.#cohorts = cohorts;
    this.#afford = afford;
    this.#isNamed = isNamed;
  }

  take(channel: PutChannel): void {
    const index = this.#channels.push(channel) - 1;
    this.#unasked.push(0);
    this.#cohorts.each(channel.channel, (cohort) => this.#add(cohort, index));
  }

  get whole(): Recipients {
    const groups = [...this.#matched].map(([{ sessions }, indexes]) => ({ members: [...sessions], indexes }));
    return { channels: this.#channels, groups, unasked: this.#unasked, unnamed: this.#unnamed };
  }

  #add(cohort: Cohort, index: number): void {
    const indexes = this.#matched.get(cohort);
    const isNamed = this.#isNamed;
    if (!this.#afford(placeBytesOf(cohort, isNamed) + (indexes ? 0 : groupBytesOf(cohort, isNamed)))) {
      this.#unasked[index] = (this.#unasked[index] ?? 0) + cohort.sessions.size;
      if (isNamed) for (const session of cohort.sessions) this.#unnamed.push(session);
    } else if (indexes) indexes.push(index);
    else this.#matched.set(cohort, [index]);
  }
}

function placeBytesOf({ sessions }: Cohort, isNamed: boolean): number {
  return isNamed ? PLACE_BYTES + sessions.size * ROW_BYTES.place : PLACE_BYTES;
}

function groupBytesOf({ sessions }: Cohort, isNamed: boolean): number {
  let bytes: number = BYTES.group;
  for (const { witnesses } of sessions) if (witnesses) bytes += BYTES.witness;
  return isNamed ? bytes + sessions.size * ROW_BYTES.session : bytes;
}
