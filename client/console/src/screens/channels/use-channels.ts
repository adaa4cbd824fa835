import { type FilterSet, matcherOf, toFilterSet } from '@zerospan/shared';
import { useEffect, useRef, useState } from 'preact/hooks';
import { useServices } from '../../shell/services.ts';
import { LastValues } from './model/last-values.ts';
import { ObservedSource, SeenSource } from './model/sources.ts';
import { Tree } from './model/tree.ts';
import type { View } from './view.ts';

/** What the screen is drawn from. */
export interface Channels {
  readonly tree: Tree;
  readonly values: LastValues;
  /** Whether rates and subscribers are known. */
  readonly isObserving: boolean;
  /** Where only what subscriptions bring is known. */
  readonly seen: SeenSource | undefined;
  /** Whether the person may read a channel. */
  readonly mayRead: (channel: string) => boolean;
}

/** The channels of a view; undefined: there is no bus yet, or it is not known yet what the person may see. */
export function useChannels({ separator, search, sort, open }: View): Channels | undefined {
  const { connection, api, stats } = useServices();
  const bus = connection.bus.value;
  const mayObserve = stats.mayObserve.value;
  const [channels, setChannels] = useState<Channels>();
  // What is open changes in the tree itself, and is written into the address from there.
  const opened = useRef(open);
  opened.current = open;
  useEffect(() => {
    setChannels(undefined);
    if (bus === undefined || mayObserve === undefined) return;
    const seen = mayObserve ? undefined : new SeenSource(bus, connection.everything);
    const tree = new Tree(seen ?? new ObservedSource(api), { separator, search, sort }, opened.current);
    const values = new LastValues(bus);
    const granted: FilterSet = toFilterSet(connection.everything);
    setChannels({ tree, values, isObserving: mayObserve, seen, mayRead: matcherOf(granted) });
    return () => {
      tree.close();
      values.close();
      seen?.close();
    };
  }, [bus, mayObserve, separator, search, sort, api, connection]);
  return channels;
}
