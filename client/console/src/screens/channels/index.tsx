import './channels.css';
import { useCallback, useMemo, useRef } from 'preact/hooks';
import { sentences } from '../../data/connection.ts';
import { Empty } from '../../parts/empty.tsx';
import { Grid } from '../../parts/grid.tsx';
import { useKeys } from '../../shell/keys/use-keys.ts';
import { useServices } from '../../shell/services.ts';
import { branchOf, cellsOf, channelOf, columnsOf, keyOf, type Row } from './cells.tsx';
import { Detail } from './detail/detail.tsx';
import { Pins } from './model/pins.ts';
import { type Channels as ChannelModels, useChannels } from './use-channels.ts';
import { paramsOf, type View, viewOf } from './view.ts';

/** Every channel, what it holds, and who listens. */
export default function Channels() {
  const { router, connection } = useServices();
  const view = viewOf(router.query.value);
  const models = useChannels(view);
  const pins = useMemo(() => new Pins(location.pathname), []);
  const search = useRef<HTMLInputElement>(null);
  const show = (change: Partial<View>): void => router.replace(paramsOf({ ...view, ...change }));
  const close = (): void => show({ channel: undefined });
  useKeys([
    { key: '/', what: 'Search the channels', run: () => search.current?.focus() },
    { key: 'Escape', what: 'Close what is open', run: close },
  ]);
  return (
    <div class={view.channel === undefined ? 'split' : 'split open'}>
      <div class="channels">
        <div class="tools">
          <h1>Channels</h1>
          <input
            ref={search}
            class="grow"
            type="search"
            aria-label="Search in names"
            placeholder="Search in names"
            autoComplete="off"
            spellcheck={false}
            value={view.search}
            onInput={(event) => show({ search: event.currentTarget.value })}
          />
          <label class="separator">
            Levels split at{' '}
            <input
              aria-label="Levels split at"
              size={2}
              maxLength={8}
              value={view.separator}
              onInput={(event) => show({ separator: event.currentTarget.value })}
            />
          </label>
        </div>
        {models ? (
          <Rows models={models} view={view} pins={pins} show={show} />
        ) : (
          <Empty
            lead={connection.isConnected.value ? 'Reading the channels…' : 'There is no connection yet.'}
          />
        )}
      </div>
      {view.channel !== undefined && (
        <Detail key={view.channel} channel={view.channel} pins={pins} onClose={close} />
      )}
    </div>
  );
}

interface RowsProps {
  readonly models: ChannelModels;
  readonly view: View;
  readonly pins: Pins;
  readonly show: (change: Partial<View>) => void;
}

function Rows({ models, view, pins, show }: RowsProps) {
  const { tree, values, isObserving, seen, mayRead } = models;
  void tree.tick.count.value;
  void values.tick.count.value;
  const pinned = view.search === '' ? pins.names.value : [];
  const rowAt = (index: number): Row => {
    const name = pinned[index];
    return name === undefined ? tree.rowAt(index - pinned.length) : { kind: 'pinned', name };
  };
  const toggle = (index: number): void => {
    tree.toggle(index - pinned.length);
    show({ open: tree.open });
  };
  const open = (row: Row, index: number): void => {
    const channel = channelOf(row);
    if (channel !== undefined) show({ channel });
    else toggle(index);
  };
  const count = tree.count + pinned.length;
  const watch = useCallback(
    (from: number, to: number): void => tree.see(from - pinned.length, to - pinned.length),
    [tree, pinned.length],
  );
  const visible = useRef<readonly [number, number]>([0, 60]);
  const followed = (from: number, to: number): void => {
    visible.current = [from, to];
    watch(from, to);
  };
  const [from, to] = visible.current;
  const names = Array.from({ length: Math.max(0, Math.min(to, count) - from) }, (_, i) =>
    channelOf(rowAt(from + i)),
  );
  values.follow(names.filter((name) => name !== undefined).filter(mayRead));
  const problem = seen?.view.error ?? tree.problem;
  return (
    <>
      {seen !== undefined && (
        <p class="hint scope">
          {seen.view.complete
            ? 'Channels of which your token gives you the last message. Rates and listeners need the right observe.'
            : 'Channels that brought a message since you came here. Rates and listeners need the right observe.'}
        </p>
      )}
      <Grid<Row>
        label="Channels"
        class={isObserving ? 'channels-grid' : 'channels-grid seen'}
        columns={columnsOf(isObserving, view.sort, (sort) => show({ sort }))}
        count={count}
        rowAt={rowAt}
        keyOf={keyOf}
        cells={(row) =>
          cellsOf(row, isObserving, (channel) => values.get(channel) ?? seen?.view.get(channel))
        }
        branch={(row, index) => branchOf(row, () => toggle(index))}
        selected={view.channel}
        onOpen={open}
        onWindow={followed}
        empty={<Nothing problem={problem} isRead={tree.isRead} isSearched={view.search !== ''} />}
      />
      {problem && tree.isRead && <p class="hint bad scope">{sentences(problem)}</p>}
    </>
  );
}

interface NothingProps {
  readonly problem: Error | undefined;
  readonly isRead: boolean;
  readonly isSearched: boolean;
}

function Nothing({ problem, isRead, isSearched }: NothingProps) {
  if (problem)
    return (
      <Empty lead="The channels cannot be read.">
        <p>{sentences(problem)}</p>
      </Empty>
    );
  if (!isRead) return <Empty lead="Reading the channels…" />;
  return isSearched ? (
    <Empty lead="No channel has this in its name." />
  ) : (
    <Empty lead="There are no channels yet.">
      <p>A channel is there from its first message on.</p>
    </Empty>
  );
}
