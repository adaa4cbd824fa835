import { computed, type ReadonlySignal } from '@preact/signals';
import { type ObservedSession, SESSION_ORDERS, type SessionOrder, type SessionsPage } from '@zerospan/shared';
import type { Api } from '../../data/api.ts';
import { Polled, type World } from './polled.ts';

/** Rows are asked for in whole pages, so that scrolling a line asks for nothing. */
const PAGE = 50;

/** What of all clients is asked for. */
interface Shown {
  readonly search: string;
  readonly sort: SessionOrder;
  readonly skip: number;
  readonly limit: number;
}

/**
 * The clients of a server, as far as they are visible: of ten thousand it asks for the page that somebody sees, again
 * and again. Searching and sorting is the server's work.
 */
export class ClientList {
  readonly #polled: Polled<SessionsPage>;
  #shown: Shown = { search: '', sort: 'lag', skip: 0, limit: PAGE };

  readonly total: ReadonlySignal<number | undefined> = computed(() => this.#polled.value.value?.total);
  readonly problem: Polled<SessionsPage>['problem'];
  readonly staleMs: Polled<SessionsPage>['staleMs'];

  constructor(api: Pick<Api, 'get'>, world?: World) {
    this.#polled = new Polled((signal) => api.get<SessionsPage>('sessions', this.#query, signal), world);
    this.problem = this.#polled.problem;
    this.staleMs = this.#polled.staleMs;
  }

  /** Begins to ask. Answers how to stop. */
  start(): () => void {
    return this.#polled.start();
  }

  /** Another search or order. */
  order(search: string, sort: SessionOrder): void {
    if (search === this.#shown.search && sort === this.#shown.sort) return;
    this.#shown = { ...this.#shown, search, sort };
    this.#polled.again();
  }

  /** These rows are visible, the last one left out. */
  see(from: number, to: number): void {
    const skip = Math.floor(from / PAGE) * PAGE;
    const limit = Math.max(PAGE, Math.ceil(to / PAGE) * PAGE - skip);
    if (skip === this.#shown.skip && limit === this.#shown.limit) return;
    this.#shown = { ...this.#shown, skip, limit };
    this.#polled.again();
  }

  /** undefined: it has not come yet. */
  rowAt(index: number): ObservedSession | undefined {
    const page = this.#polled.value.value;
    return page?.sessions[index - page.skip];
  }

  get #query(): { readonly [name in keyof Shown]: Shown[name] | undefined } {
    const { search } = this.#shown;
    return { ...this.#shown, search: search === '' ? undefined : search };
  }
}

/** An order that an address names; the server's own where it names none. */
export function orderOf(text: string | null): SessionOrder {
  return SESSION_ORDERS.find((order) => order === text) ?? 'lag';
}
