import {
  type CompiledGrant,
  compileGrant,
  type FilterSet,
  type Match,
  matcherOf,
  quote,
  type ReplayRequest,
  STATS_CHANNEL,
  ZerospanError,
} from '@zerospan/shared';
import type { Identity } from './gate.ts';
import { lacking, mayObserve, reachesStats } from './operators.ts';
import type { ResumeWindow } from './resume-window.ts';

/** What one session may do: asked when something is asked for, and never for a delivery. */
export class Access {
  readonly identity: Identity;
  readonly #mayPut: Match;
  /** Kept: a hello may ask for a hundred subscriptions, where a token grants a thousand filters. */
  #compiled: Map<FilterSet, CompiledGrant> | undefined;

  constructor(identity: Identity) {
    this.identity = identity;
    const { put } = identity.grants;
    this.#mayPut = opensAll(put) ? () => true : matcherOf(put);
  }

  /** @throws ZerospanError `forbidden`; also for the channel of statistics, unless it may observe the server (W18) */
  checkSubscribe(filters: FilterSet): void {
    const { subscribe } = this.identity.grants;
    const beyond = this.#firstBeyond(subscribe, filters);
    if (beyond !== undefined) throw forbidden('subscribe to', beyond);
    if (reachesStats(filters) && !mayObserve(this.identity))
      throw lacking('observe', this.identity, `The filters reach ${STATS_CHANNEL}, which is for operators.`);
  }

  /**
   * A position within the resume window is free; anything older is history, and how old the last n of a channel are
   * nobody knows before.
   * @throws ZerospanError `forbidden`
   */
  checkReplay(filters: FilterSet, request: ReplayRequest, window: ResumeWindow, epoch: string): void {
    let begins = Number.NEGATIVE_INFINITY;
    // Of another log than its own, it has nothing of this one.
    if ('since' in request) begins = request.since.epoch === epoch ? request.since.offset : 0;
    this.checkPosition(filters, begins, window);
  }

  /** @throws ZerospanError `forbidden` where a subscription begins before the resume window, with no grant for that */
  checkPosition(filters: FilterSet, offset: number, window: ResumeWindow): void {
    if (offset < window.start && !this.mayHaveHistory(filters))
      throw forbidden('read history of', this.#firstBeyond(this.identity.grants.history, filters) ?? '');
  }

  mayHaveHistory(filters: FilterSet): boolean {
    return this.#firstBeyond(this.identity.grants.history, filters) === undefined;
  }

  /** @throws ZerospanError `forbidden` unless every one of these channels may be put on */
  checkPut(channels: readonly string[]): void {
    for (const channel of channels) if (!this.#mayPut(channel)) throw forbidden('put on', quote(channel));
  }

  /** @param who whether it asks for names @throws ZerospanError `forbidden` */
  checkConfirm(who: boolean): void {
    const { confirm } = this.identity.grants;
    if (!confirm) throw new ZerospanError('forbidden', 'No grant to ask who got a put.');
    if (who && confirm !== 'names')
      throw lacking('confirm: "names"', this.identity, 'The put asks for names.');
  }

  /** The first filter that a grant does not open, for people to read. */
  #firstBeyond(grant: FilterSet, { channels, prefixes }: FilterSet): string | undefined {
    if (opensAll(grant)) return undefined;
    this.#compiled ??= new Map();
    const compiled = this.#compiled.get(grant) ?? compileGrant(grant);
    this.#compiled.set(grant, compiled);
    const channel = channels.find((name) => !compiled.opensChannel(name));
    if (channel !== undefined) return quote(channel);
    const prefix = prefixes.find((each) => !compiled.opensPrefix(each));
    if (prefix === undefined) return undefined;
    return prefix === '' ? quote('') : `all that begins with ${quote(prefix)}`;
  }
}

/** Compiled once for each identity: where everybody has the same, they share it. */
const compiled = new WeakMap<Identity, Access>();

export function accessOf(identity: Identity): Access {
  let access = compiled.get(identity);
  if (!access) {
    access = new Access(identity);
    compiled.set(identity, access);
  }
  return access;
}

/** Nothing has to be checked where every channel is granted. */
function opensAll({ prefixes }: FilterSet): boolean {
  return prefixes.includes('') && prefixes.includes('$');
}

function forbidden(what: string, filter: string): ZerospanError {
  return new ZerospanError('forbidden', `No grant to ${what} ${filter}.`);
}
