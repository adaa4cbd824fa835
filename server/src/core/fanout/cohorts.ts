import type { FilterSet } from '@zerospan/shared';
import { FilterIndex } from '../filter-index.ts';
import { Batch } from './batch.ts';
import type { Changes } from './changes.ts';
import { Cohort, type Member } from './cohort.ts';
import type { Encoding } from './encoding.ts';

/**
 * Most sessions of one cohort. A larger crowd is several cohorts with the same filters, which share their buffer: so
 * flushing one never holds the event loop for long, and a flush can be split between any two.
 */
export const COHORT_MEMBERS = 512;

/** The cohorts of one encoding. */
interface EncodingCohorts {
  /** Where each of them stands that has gathered nothing. */
  readonly empty: Batch;
  readonly byKey: Map<string, Cohort[]>;
}

/** All cohorts, and the index by which a publication finds those that it matches without a check of the others. */
export class Cohorts {
  /** Of each transport, which are a few. */
  readonly #byEncoding = new Map<Encoding, EncodingCohorts>();
  readonly #index = new FilterIndex<Cohort>();
  readonly #changes: Changes;
  /** Grows with each session that joins a cohort, and with each that leaves one. */
  #version = 0;
  /** Number of sessions in the cohorts that share a filter, as of a version. */
  readonly #counts = new WeakMap<Set<Cohort>, { readonly version: number; readonly count: number }>();

  /** @param changes of sessions that take their places here before anybody is found */
  constructor(changes: Changes) {
    this.#changes = changes;
  }

  /** A place for one session with this encoding and these filters, in the canonical form of `unionOf`. */
  enter(encoding: Encoding, filters: FilterSet): Cohort {
    const { empty, byKey } = this.#cohortsOf(encoding);
    const key = keyOf(filters);
    const alike = byKey.get(key) ?? [];
    byKey.set(key, alike);
    let cohort = alike.find((one) => one.size < COHORT_MEMBERS);
    if (!cohort) {
      // One object for all cohorts with these filters: what its sessions read is kept by it.
      cohort = new Cohort(key, alike[0]?.filters ?? filters, empty);
      alike.push(cohort);
      this.#index.add(cohort.filters, cohort);
    }
    cohort.size++;
    return cohort;
  }

  /** Gives a place up; the last one to do so takes the cohort with it. */
  leave(cohort: Cohort): void {
    cohort.size--;
    if (cohort.size > 0) return;
    const { key } = cohort;
    const { byKey } = this.#cohortsOf(cohort.encoding);
    const alike = byKey.get(key)?.filter((one) => one !== cohort) ?? [];
    if (alike.length > 0) byKey.set(key, alike);
    else byKey.delete(key);
    this.#index.remove(cohort.filters, cohort);
  }

  /**
   * Calls `visit` for each cohort that matches a channel, once: a canonical set has no filter that another of its
   * filters covers, so at most one of them matches.
   */
  each(channel: string, visit: (cohort: Cohort) => void): void {
    this.#changes.settleAll();
    this.#index.each(channel, visit);
  }

  /** Work of this turn that goes by how many cohorts or sessions there are, counted in filters: see `Changes`. */
  spend(count: number): void {
    this.#changes.spend(count);
  }

  get count(): number {
    let count = 0;
    for (const { byKey } of this.#byEncoding.values()) {
      for (const alike of byKey.values()) count += alike.length;
    }
    return count;
  }

  /** Lets go of what was gathered in the last turn. */
  forget(): void {
    for (const { empty } of this.#byEncoding.values()) empty.forget();
  }

  /**
   * How many sessions match a channel now: live, behind and replaying. Those of a filter are counted once for as long
   * as no session joins or leaves: a put names a thousand channels, and ten thousand cohorts may have one prefix of
   * them all.
   */
  sessionsMatching(channel: string): number {
    this.#changes.settleAll();
    let sessions = 0;
    this.#index.eachFilter(channel, (some) => {
      sessions += some instanceof Cohort ? some.sessions.size : this.#countOf(some);
    });
    return sessions;
  }

  /** How many cohorts match a channel, without a visit to each. */
  cohortsMatching(channel: string): number {
    this.#changes.settleAll();
    let cohorts = 0;
    this.#index.eachFilter(channel, (some) => {
      cohorts += some instanceof Cohort ? 1 : some.size;
    });
    return cohorts;
  }

  /** Counts a session among those that match a cohort's filters. */
  addSession(cohort: Cohort, member: Member): void {
    cohort.sessions.add(member);
    this.#version++;
  }

  removeSession(cohort: Cohort, member: Member): void {
    cohort.sessions.delete(member);
    this.#version++;
  }

  #cohortsOf(encoding: Encoding): EncodingCohorts {
    const known = this.#byEncoding.get(encoding);
    if (known) return known;
    const cohorts = { empty: Batch.empty(encoding), byKey: new Map<string, Cohort[]>() };
    this.#byEncoding.set(encoding, cohorts);
    return cohorts;
  }

  #countOf(cohorts: Set<Cohort>): number {
    const known = this.#counts.get(cohorts);
    if (known?.version === this.#version) return known.count;
    let count = 0;
    for (const { sessions } of cohorts) count += sessions.size;
    this.#counts.set(cohorts, { version: this.#version, count });
    return count;
  }
}

/** What no two sets have alike: no name holds a line feed. */
function keyOf({ channels, prefixes }: FilterSet): string {
  return `${channels.length}\n${channels.join('\n')}\n${prefixes.join('\n')}\n${prefixes.length}`;
}
