import { computed, signal } from '@preact/signals';

/** What an address says beside its screen, as a screen writes it; undefined and empty: left out. */
export type Params = Readonly<Record<string, string | number | readonly string[] | undefined>>;

interface Route {
  readonly screen: string;
  readonly query: URLSearchParams;
}

/** `#/messages?c=vote.r1`: the screen, and what it shows. Never a token. */
function routeOf(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?', 2);
  return { screen: path, query: new URLSearchParams(query) };
}

export function hrefOf(screen: string, params: Params = {}): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(params))
    for (const one of Array.isArray(value) ? (value as readonly string[]) : [value as string | undefined])
      if (one !== undefined && one !== '') query.append(name, String(one));
  const text = query.toString();
  return text === '' ? `#/${screen}` : `#/${screen}?${text}`;
}

/** Where the person is, as the address says it: so that it can be sent to somebody else, and the back button works. */
export class Router {
  readonly #route = signal<Route>(routeOf(location.hash));
  readonly #visits = signal(0);

  readonly screen = computed(() => this.#route.value.screen);
  /** To be read by each screen in its own words. */
  readonly query = computed(() => this.#route.value.query);
  /** Grows whenever the person goes somewhere, and not when a screen writes down what it shows. */
  readonly visits = computed(() => this.#visits.value);

  constructor() {
    addEventListener('hashchange', () => {
      this.#route.value = routeOf(location.hash);
      this.#visits.value += 1;
    });
  }

  /** Goes somewhere, as a link does. */
  go(screen: string, params: Params = {}): void {
    location.hash = hrefOf(screen, params);
  }

  /** Writes down what the screen shows now: a small change, which is no step of its own for the back button. */
  replace(params: Params): void {
    const hash = hrefOf(this.#route.peek().screen, params);
    if (hash === location.hash) return;
    history.replaceState(null, '', hash);
    this.#route.value = routeOf(hash);
  }

  /** Goes to a screen in place of the address that leads nowhere. */
  correct(screen: string): void {
    history.replaceState(null, '', hrefOf(screen));
    this.#route.value = routeOf(location.hash);
  }
}
