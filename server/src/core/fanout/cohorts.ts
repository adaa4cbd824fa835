import type { FilterSet } from '@zerospan/shared';
import { FilterIndex } from '../filter-index.ts';
import { Batch } from './batch.ts';
import type { Changes } from './changes.ts';
import { Cohort, type Member } from './cohort.ts';

/**
 * Most sessions of one cohort. A larger crowd is several cohorts with the same filters, which share their buffer: so
 * flushing one never holds the event loop for long, and a flush can be split between any two.
 */
export const COHORT_MEMBERS = 512;

/** All cohorts, and the index by which a publication finds those that it concerns without looking at the others. */
export class Cohorts {
  /** Where every cohort stands that has gathered nothing. */
  readonly empty = Batch.empty();
  readonly #byKey = new Map<string, Cohort[]>();
  readonly #index = new FilterIndex<Cohort>();
  readonly #changes: Changes;
  /** Grows with each session that comes to want something, and with each that goes. */
  #version = 0;
  /** Sessions that want what the cohorts of one filter want, as of a version. */
  readonly #counts = new WeakMap<Set<Cohort>, { readonly version: number; readonly count: number }>();

  /** @param changes of sessions that take their places here before anybody is found */
  constructor(changes: Changes) {
    this.#changes = changes;
  }

  /** A place for one session with these filters, in the canonical form of `unionOf`. */
  enter(filters: FilterSet): Cohort {
    const key = keyOf(filters);
    const crowd = this.#byKey.get(key) ?? [];
    this.#byKey.set(key, crowd);
    let cohort = crowd.find((one) => one.size < COHORT_MEMBERS);
    if (!cohort) {
      // One object for the whole crowd: what its sessions read is kept by it.
      cohort = new Cohort(key, crowd[0]?.filters ?? filters, this.empty);
      crowd.push(cohort);
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
    const crowd = this.#byKey.get(key)?.filter((one) => one !== cohort) ?? [];
    if (crowd.length > 0) this.#byKey.set(key, crowd);
    else this.#byKey.delete(key);
    this.#index.remove(cohort.filters, cohort);
  }

  /**
   * Calls `visit` for each cohort that wants a channel, once: a canonical set has no filter that another of its
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
    for (const crowd of this.#byKey.values()) count += crowd.length;
    return count;
  }

  /**
   * How many sessions want a channel now: live, behind and replaying. Those of a filter are counted once for as long as
   * nobody comes or goes: a put names a thousand channels, and ten thousand cohorts may have one prefix of them all.
   */
  sessionsWanting(channel: string): number {
    this.#changes.settleAll();
    let sessions = 0;
    this.#index.eachFilter(channel, (some) => {
      sessions += some instanceof Cohort ? some.wanting.size : this.#countOf(some);
    });
    return sessions;
  }

  /** How many cohorts want a channel, without a look at each. */
  cohortsWanting(channel: string): number {
    this.#changes.settleAll();
    let cohorts = 0;
    this.#index.eachFilter(channel, (some) => {
      cohorts += some instanceof Cohort ? 1 : some.size;
    });
    return cohorts;
  }

  /** A session wants what a cohort's filters let through. */
  want(cohort: Cohort, member: Member): void {
    cohort.wanting.add(member);
    this.#version++;
  }

  unwant(cohort: Cohort, member: Member): void {
    cohort.wanting.delete(member);
    this.#version++;
  }

  #countOf(cohorts: Set<Cohort>): number {
    const known = this.#counts.get(cohorts);
    if (known?.version === this.#version) return known.count;
    let count = 0;
    for (const { wanting } of cohorts) count += wanting.size;
    this.#counts.set(cohorts, { version: this.#version, count });
    return count;
  }
}

/** What no two sets have alike: no name holds a line feed. */
function keyOf({ channels, prefixes }: FilterSet): string {
  return `${channels.length}\n${channels.join('\n')}\n${prefixes.join('\n')}\n${prefixes.length}`;
}
