import { type Clock, type Confirmation, type ConfirmedChannel, NAMED_MOST } from '@zerospan/shared';
import type { Refs } from '../../access/refs.ts';
import type { Requester } from '../../access/requester.ts';
import type { Member } from '../../fanout/cohort.ts';
import { matches } from '../../log/matching.ts';
import type { TimeSlicer } from '../../time-slicer.ts';
import type { Group } from '../group.ts';
import type { PutChannel } from '../places.ts';
import type { Absence, Absences } from './absences.ts';
import { Answer } from './answer.ts';
import { NamedWitness } from './named-witness.ts';
import { type Row, Rows, STANDINGS } from './rows.ts';

/** What naming uses of the bus. */
export interface NamingBus {
  readonly clock: Pick<Clock, 'elapsed'>;
  readonly refs: Refs;
  readonly absences: Absences;
  readonly slicer: TimeSlicer;
  /** Whether a session has not ended. */
  isOpen(session: string): boolean;
}

/** More references to sessions than fit into the bytes of an answer. */
const PLACES_KEPT = 30_000;

/** Channels that fan-out took in one turn, and who was absent then. */
interface Part {
  /** Of these channels, by their place in the put. */
  readonly first: number;
  readonly channels: readonly PutChannel[];
  readonly absences: readonly Absence[];
}

/** The sessions of one receipt by name: who has to answer, and what is known of each. */
export class Naming {
  readonly #bus: NamingBus;
  /** A session has a row for each turn in which fan-out took something that it matches. */
  readonly #sessions = new Map<Requester, Row[]>();
  /** Sessions that there was no memory for. */
  readonly #unasked = new Set<Requester>();
  readonly #parts: Part[] = [];
  #beganMs = 0;

  constructor(bus: NamingBus) {
    this.#bus = bus;
  }

  /** Fan-out has taken these channels of the put; their groups follow. @param unasked sessions that are in none */
  began(channels: readonly PutChannel[], unasked: readonly Member[]): void {
    const last = this.#parts.at(-1);
    if (last === undefined) this.#beganMs = this.#bus.clock.elapsed();
    const first = last === undefined ? 0 : last.first + last.channels.length;
    this.#parts.push({ first, channels, absences: this.#bus.absences.all });
    for (const { requester } of unasked) this.#unasked.add(requester);
  }

  /** @returns makes the witness of each session of a group; undefined for one that never acknowledges */
  group(group: Group, sessions: number): (member: Member) => NamedWitness | undefined {
    const rows = new Rows(group, sessions, this.#parts.at(-1)?.first ?? 0);
    return ({ requester, witnesses }) => {
      const row = rows.add(witnesses === undefined);
      const own = this.#sessions.get(requester);
      if (own) own.push(row);
      else this.#sessions.set(requester, [row]);
      return witnesses && new NamedWitness(group, row, () => this.#sinceMs);
    };
  }

  /** How much its answer is to keep, in channels of answers that name nobody. */
  get weight(): number {
    let places = 0;
    for (const rows of this.#sessions.values()) for (const { group } of rows) places += group.length;
    return Math.ceil(Math.min(places, PLACES_KEPT) / 2) + Math.min(this.#sessions.size, NAMED_MOST);
  }

  /** What the receipt comes to, once nobody answers any more. Made in slices. @param channels its counts */
  async answer(channels: readonly ConfirmedChannel[]): Promise<Confirmation> {
    const { refs, slicer } = this.#bus;
    const answer = new Answer(channels.length);
    const ranked = this.#worstFirst();
    await slicer.each(ranked, ([requester, rows]) => {
      if (answer.isFull) answer.leaveOut(1);
      else answer.name(refs.named(requester), rows);
    });
    answer.leaveOut([...this.#unasked].filter((requester) => !this.#sessions.has(requester)).length);
    await this.#nameAbsent(answer);
    return answer.over(channels);
  }

  get #sinceMs(): number {
    return this.#bus.clock.elapsed() - this.#beganMs;
  }

  /** Where not all can be named, those are that something may have to be done about. */
  #worstFirst(): (readonly [Requester, readonly Row[]])[] {
    const byStanding = STANDINGS.map((): [Requester, readonly Row[]][] => []);
    for (const session of this.#sessions) {
      const [requester, rows] = session;
      for (const row of rows) if (row.isMute) row.isAway = !this.#bus.isOpen(requester.visitor.session);
      const worst = Math.min(...rows.map(({ standing }) => STANDINGS.indexOf(standing)));
      byStanding[worst]?.push(session);
    }
    return byStanding.flat();
  }

  /** Who was absent in one turn and not in another is in the sums of that one, and named for the first alone. */
  async #nameAbsent(answer: Answer): Promise<void> {
    const absent = new Map<Absence, number[]>();
    for (const { first, channels, absences } of this.#parts)
      await this.#bus.slicer.each(absences, (absence) => {
        for (const [i, { channel }] of channels.entries()) {
          if (!absence.filters.some((filter) => matches(filter, channel))) continue;
          const places = absent.get(absence);
          if (places) places.push(first + i);
          else absent.set(absence, [first + i]);
        }
      });
    await this.#bus.slicer.each(absent, ([{ requester, lostMs: atMs }, channels]) => {
      const lostMs = Math.max(Math.round(this.#beganMs - atMs), 0);
      answer.nameAbsent({ ...this.#bus.refs.named(requester), lostMs, channels });
    });
  }
}
