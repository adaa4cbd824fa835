import type { ObservedSession, SessionsPage } from '@zerospan/shared';
import { useEffect, useState } from 'preact/hooks';
import { Problem } from '../../data/api.ts';
import { useServices } from '../../shell/services.ts';

/** Clients that are offered at once. */
const OFFERED = 8;
/** The server is asked when nothing was typed for this long, in ms. */
const TYPING_MS = 200;

/** What the server has found. */
export interface Offered {
  /** What it was asked for: while the next answer is awaited, this is still that of the text before. */
  readonly search: string;
  readonly clients: readonly ObservedSession[];
  /** How many it has found in all. */
  readonly total: number;
  /** Why it has found none. */
  readonly fault?: string;
}

/** The clients that are connected and that a text is found in. The server searches them. */
export function useOffered(search: string, isOpen: boolean): Offered | undefined {
  const { api } = useServices();
  const [offered, setOffered] = useState<Offered>();
  useEffect(() => {
    if (!isOpen) return;
    const stop = new AbortController();
    const query = { limit: OFFERED, sort: 'since', search: search === '' ? undefined : search };
    const ask = (): void => {
      api.get<SessionsPage>('sessions', query, stop.signal).then(
        ({ sessions, total }) => setOffered({ search, clients: sessions, total }),
        (error: unknown) => {
          if (!(error instanceof Problem)) return;
          setOffered({ search, clients: [], total: 0, fault: `${error.message} ${error.remedy}` });
        },
      );
    };
    const typing = setTimeout(ask, TYPING_MS);
    return () => {
      clearTimeout(typing);
      stop.abort();
    };
  }, [api, search, isOpen]);
  return offered;
}

/** What is offered, for the line below the field. */
export function wordsOf(offered: Offered | undefined): string {
  if (offered === undefined) return 'One that is connected. A link from elsewhere names any.';
  const { clients, total, fault } = offered;
  if (fault !== undefined) return fault;
  if (total === 0) return 'No client that is connected matches. Enter takes this as the id of one that was.';
  return total > clients.length
    ? `${clients.length} of ${total} are offered: type more of it.`
    : `${total} offered.`;
}
