/**
 * What the world around a client tells it. `woken`: a page that was hidden, frozen or put aside is looked at again, perhaps
 * after a sleep of the whole machine. `online`, `offline`: the platform believes that it has a network again, or none; it may be
 * wrong, above all about servers on the same machine.
 */
export type News = 'woken' | 'online' | 'offline';

/**
 * Where news comes from. It MUST call `hear` at each news and never within the call that takes the listener, and MUST answer a function
 * after which `hear` is neither called nor held any more.
 */
export type NewsSource = (hear: (news: News) => void) => () => void;

/** The part of a browser that is listened to. A worker has no document, Node has none of it. */
export interface World {
  readonly addEventListener?: EventTarget['addEventListener'];
  readonly document?: Pick<Document, 'addEventListener' | 'visibilityState'>;
}

/** The platform's own news: those events that it has. */
export function platformNews(world: World = globalThis): NewsSource {
  return (hear) => {
    const listening = new AbortController();
    const { signal } = listening;
    const { document } = world;
    for (const news of ['online', 'offline'] as const) {
      world.addEventListener?.(news, () => hear(news), { signal });
    }
    world.addEventListener?.(
      'pageshow',
      ({ persisted }: Event & { persisted?: boolean }) => {
        // Any other is the first showing of a page that is just being loaded.
        if (persisted === true) hear('woken');
      },
      { signal },
    );
    document?.addEventListener('resume', () => hear('woken'), { signal });
    document?.addEventListener(
      'visibilitychange',
      () => {
        if (document.visibilityState === 'visible') hear('woken');
      },
      { signal },
    );
    return () => listening.abort();
  };
}
