import { type FilterSet, isReserved } from '@zerospan/shared';
import { Batch } from './batch.ts';
import { Cohort } from './cohort.ts';

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
  readonly #exact = new Map<string, Set<Cohort>>();
  readonly #prefixes = new Map<string, Set<Cohort>>();
  /** Lengths of the prefixes in use, with how many prefixes have each. */
  readonly #lengths = new Map<number, number>();

  /** A place for one session with these filters, in the canonical form of `unionOf`. */
  enter(filters: FilterSet): Cohort {
    const key = JSON.stringify([filters.channels, filters.prefixes]);
    const crowd = this.#byKey.get(key) ?? [];
    this.#byKey.set(key, crowd);
    let cohort = crowd.find((one) => one.size < COHORT_MEMBERS);
    if (!cohort) {
      // One object for the whole crowd: what its sessions read is kept by it.
      cohort = new Cohort(crowd[0]?.filters ?? filters, this.empty);
      crowd.push(cohort);
      this.#index(cohort);
    }
    cohort.size++;
    return cohort;
  }

  /** Gives a place up; the last one to do so takes the cohort with it. */
  leave(cohort: Cohort): void {
    cohort.size--;
    if (cohort.size > 0) return;
    const key = JSON.stringify([cohort.filters.channels, cohort.filters.prefixes]);
    const crowd = this.#byKey.get(key)?.filter((one) => one !== cohort) ?? [];
    if (crowd.length > 0) this.#byKey.set(key, crowd);
    else this.#byKey.delete(key);
    this.#unindex(cohort);
  }

  /**
   * Calls `visit` for each cohort that wants a channel, once: a canonical set has no filter that another of its
   * filters covers, so at most one of them matches.
   */
  each(channel: string, visit: (cohort: Cohort) => void): void {
    const exact = this.#exact.get(channel);
    if (exact) for (const cohort of exact) visit(cohort);
    if (this.#prefixes.size === 0) return;
    const reserved = isReserved(channel);
    for (const length of this.#lengths.keys()) {
      if (length > channel.length || (length === 0 && reserved)) continue;
      const some = this.#prefixes.get(channel.slice(0, length));
      if (some) for (const cohort of some) visit(cohort);
    }
  }

  get count(): number {
    let count = 0;
    for (const crowd of this.#byKey.values()) count += crowd.length;
    return count;
  }

  /** How many sessions want a channel now: live, behind and replaying. */
  sessionsWanting(channel: string): number {
    let sessions = 0;
    this.each(channel, (cohort) => {
      sessions += cohort.wanting.size;
    });
    return sessions;
  }

  #index(cohort: Cohort): void {
    for (const channel of cohort.filters.channels) addTo(this.#exact, channel, cohort);
    for (const prefix of cohort.filters.prefixes) {
      if (addTo(this.#prefixes, prefix, cohort)) {
        this.#lengths.set(prefix.length, (this.#lengths.get(prefix.length) ?? 0) + 1);
      }
    }
  }

  #unindex(cohort: Cohort): void {
    for (const channel of cohort.filters.channels) takeFrom(this.#exact, channel, cohort);
    for (const prefix of cohort.filters.prefixes) {
      if (!takeFrom(this.#prefixes, prefix, cohort)) continue;
      const left = (this.#lengths.get(prefix.length) ?? 1) - 1;
      if (left > 0) this.#lengths.set(prefix.length, left);
      else this.#lengths.delete(prefix.length);
    }
  }
}

/** Answers whether the key is new. */
function addTo(map: Map<string, Set<Cohort>>, key: string, cohort: Cohort): boolean {
  const some = map.get(key);
  if (some) some.add(cohort);
  else map.set(key, new Set([cohort]));
  return !some;
}

/** Answers whether the key is gone. */
function takeFrom(map: Map<string, Set<Cohort>>, key: string, cohort: Cohort): boolean {
  const some = map.get(key);
  some?.delete(cohort);
  return some?.size === 0 && map.delete(key);
}
