import './messages.css';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { positionOf } from '../../data/format.ts';
import { PutForm } from '../../parts/put/put-form.tsx';
import { Side } from '../../parts/side.tsx';
import { useKeys } from '../../shell/keys/use-keys.ts';
import { useServices } from '../../shell/services.ts';
import { Inspector } from './inspector.tsx';
import { List } from './list.tsx';
import { filteringOf } from './model/filter.ts';
import type { MessageRow } from './model/rows.ts';
import { Tools } from './tools.tsx';
import { useMessages } from './use-messages.ts';
import { paramsOf, viewOf } from './view.ts';

/** What stands beside the list. */
type Beside = { readonly kind: 'message'; readonly row: MessageRow } | { readonly kind: 'put' };

/** What goes over the bus, now and before. */
export default function Messages() {
  const { router } = useServices();
  const view = viewOf(router.query.value);
  const visits = router.visits.value;
  // What the person opens here is written into the address, and is no place to go to.
  // Only a visit leads to a place
  const place = useMemo(() => (view.at === undefined ? undefined : positionOf(view.at)), [visits]);
  const filtering = useMemo(() => filteringOf(view.filter), [view.filter]);
  const source = useMessages(view, place, filtering);
  const [side, setSide] = useState<Beside>();
  const [pausedBy, setPausedBy] = useState<'button' | 'scroll' | 'message'>();
  const search = useRef<HTMLInputElement>(null);
  const tail = source?.kind === 'tail' ? source.tail : undefined;
  const excerpt = source?.kind === 'excerpt' ? source.excerpt : undefined;
  const model = tail ?? excerpt;
  void model?.tick.count.value;

  const hold = (by: 'button' | 'scroll' | 'message'): void => {
    if (tail === undefined) return;
    setPausedBy((before) => (before === 'button' ? before : by));
    tail.hold();
  };
  const follow = (): void => {
    setPausedBy(undefined);
    tail?.follow();
  };
  const open = (row: MessageRow): void => {
    hold('message');
    setSide({ kind: 'message', row });
    router.replace(paramsOf({ ...view, at: row.key }));
  };
  const close = (): void => {
    setSide(undefined);
    if (pausedBy === 'message') follow();
    if (view.at !== undefined && excerpt === undefined) router.replace(paramsOf({ ...view, at: undefined }));
  };
  // Another place, or other channels: what was open is not of them.
  // A visit ends what was before
  useEffect(() => {
    setPausedBy(undefined);
    setSide((before) => (before?.kind === 'put' ? before : undefined));
  }, [visits]);
  const found = excerpt?.finding.kind === 'found' ? excerpt.finding.row : undefined;
  useEffect(() => {
    if (found) setSide({ kind: 'message', row: found });
  }, [found]);
  useKeys([
    { key: '/', what: 'Filter the messages', run: () => search.current?.focus() },
    { key: 'p', what: 'Pause, or go on', run: () => (tail?.isHeld ? follow() : hold('button')) },
    { key: 'Escape', what: 'Close what is open', run: close },
  ]);
  return (
    <div class={side ? 'split open' : 'split'}>
      <div class="messages">
        <Tools
          view={view}
          search={search}
          isHeld={tail?.isHeld ?? false}
          newWhileHeld={tail?.newWhileHeld ?? 0}
          isExcerpt={excerpt !== undefined}
          onPause={() => (tail?.isHeld ? follow() : hold('button'))}
          onPut={() => setSide({ kind: 'put' })}
        />
        <List
          view={view}
          tail={tail}
          excerpt={excerpt}
          selected={side?.kind === 'message' ? side.row.key : undefined}
          onOpen={open}
          onAtTop={(isAtTop) => {
            if (!isAtTop) hold('scroll');
            else if (pausedBy === 'scroll') follow();
          }}
        />
      </div>
      {side?.kind === 'message' && <Inspector publication={side.row.publication} onClose={close} />}
      {side?.kind === 'put' && (
        <Side title="Put a message" onClose={close}>
          <PutForm channels={view.channels.join(', ') || 'room1'} listens={tail !== undefined} />
        </Side>
      )}
    </div>
  );
}
