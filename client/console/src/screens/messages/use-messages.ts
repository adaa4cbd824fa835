import type { Position } from '@zerospan/client';
import { useEffect, useState } from 'preact/hooks';
import { plural } from '../../data/format.ts';
import { useServices } from '../../shell/services.ts';
import { Excerpt } from './model/excerpt.ts';
import type { Filtering } from './model/filter.ts';
import { Tail } from './model/tail.ts';
import { filtersFor, type View } from './view.ts';

/** What is shown: what comes, or what the log holds around one place. */
export type Source =
  | { readonly kind: 'tail'; readonly tail: Tail }
  | { readonly kind: 'excerpt'; readonly excerpt: Excerpt };

/** A summary is read out this often, in ms: each message would be a flood. */
const SUMMARY_MS = 10_000;

/** The messages of a view; undefined: there is no bus yet. */
export function useMessages(
  view: View,
  place: Position | undefined,
  filtering: Filtering | undefined,
): Source | undefined {
  const { connection, api, announcer } = useServices();
  const bus = connection.bus.value;
  const [source, setSource] = useState<Source>();
  const names = JSON.stringify([view.channels, view.prefixes]);
  // The names stand for the view, which is another one each time
  useEffect(() => {
    setSource(undefined);
    if (bus === undefined) return;
    const filters = filtersFor(view, connection.everything);
    if (place !== undefined) {
      const excerpt = new Excerpt(api, filters, place);
      setSource({ kind: 'excerpt', excerpt });
      return () => excerpt.close();
    }
    const tail = new Tail(bus, api, filters);
    setSource({ kind: 'tail', tail });
    let said = 0;
    const summary = setInterval(() => {
      const { received } = tail.counts;
      if (received > said && !tail.isHeld)
        announcer.say(`${plural(received - said, 'message')} in 10 seconds.`);
      said = received;
    }, SUMMARY_MS);
    return () => {
      clearInterval(summary);
      tail.close();
    };
  }, [bus, names, place]);
  useEffect(() => {
    if (source?.kind === 'tail') source.tail.filter(filtering);
    if (source?.kind === 'excerpt') source.excerpt.filter(filtering);
  }, [source, filtering]);
  return source;
}
