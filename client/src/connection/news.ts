/**
 * What the platform reports to the client. `woken`: a page that was hidden, frozen or put aside is visible again,
 * perhaps after a sleep of the whole machine. `online`, `offline`: the platform believes that it has a network again,
 * or none; it may be wrong, above all about servers on the same machine.
 */
export type News = 'woken' | 'online' | 'offline';

/**
 * Where news comes from. It MUST call `hear` at each news and never within the call that takes the listener, and MUST
 * answer a function after which `hear` is neither called nor held any more.
 */
export type NewsSource = (hear: (news: News) => void) => () => void;

type Listen = (type: string, hear: (event: unknown) => void) => void;

/** What events come from: a window, a document. */
interface Source {
  readonly addEventListener?: Listen;
  readonly removeEventListener?: Listen;
}

/** The part of a browser that is listened to. A worker has no document, Node has none of it. */
export interface World extends Source {
  readonly document?: Source & { readonly visibilityState?: string };
}

/** The platform's own news: those events that it has. */
export function platformNews(world: World = globalThis as unknown as World): NewsSource {
  return (hear) => {
    const { document = {} } = world;
    const offs: (() => void)[] = [];
    // Without AbortController, which not every platform has.
    const on = (source: Source, ...[type, listener]: Parameters<Listen>): void => {
      source.addEventListener?.(type, listener);
      offs.push(() => source.removeEventListener?.(type, listener));
    };
    on(world, 'online', () => hear('online'));
    on(world, 'offline', () => hear('offline'));
    // Any other than a persisted one is the first showing of a page that is just being loaded.
    on(world, 'pageshow', (event) => {
      if ((event as { persisted?: boolean }).persisted === true) hear('woken');
    });
    on(document, 'resume', () => hear('woken'));
    on(document, 'visibilitychange', () => {
      if (document.visibilityState === 'visible') hear('woken');
    });
    return () => {
      for (const off of offs) off();
    };
  };
}
