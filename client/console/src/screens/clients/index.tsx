import './clients.css';
import type { ObservedSession, SessionOrder } from '@zerospan/shared';
import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { bytes, count, duration, plural } from '../../data/format.ts';
import { Empty } from '../../parts/empty.tsx';
import { type Column, Grid } from '../../parts/grid.tsx';
import { useKeys } from '../../shell/keys/use-keys.ts';
import { useServices } from '../../shell/services.ts';
import { ClientList, orderOf } from './client-list.ts';
import { ClientPanel } from './client-panel.tsx';
import { Name } from './names.tsx';
import { StaleNote } from './stale-note.tsx';
import { nameOf, TRANSPORT_WORDS } from './words.ts';

/** A search is sent when nothing was typed for this long, in ms. */
const TYPING_MS = 250;

/** The columns that the server sorts by. */
const SORTED_BY: Readonly<Record<string, SessionOrder>> = {
  lag: 'lag',
  unacked: 'bytes',
  refusals: 'refusals',
  since: 'since',
};

const COLUMNS: readonly Column[] = [
  { id: 'client', title: 'Client' },
  { id: 'address', title: 'Address' },
  { id: 'standing', title: 'Reads' },
  { id: 'lag', title: 'Lag', isNumeric: true },
  { id: 'unacked', title: 'Unread', isNumeric: true },
  { id: 'refusals', title: 'Refusals', isNumeric: true },
  { id: 'gaps', title: 'Gaps', isNumeric: true },
  { id: 'since', title: 'Connected', isNumeric: true },
];

/** Who is connected: `#/clients?q=…&sort=lag&s=SESSION&client=REF`. */
export default function Clients() {
  const { api, router } = useServices();
  const list = useMemo(() => new ClientList(api), [api]);
  useEffect(() => list.start(), [list]);
  const query = router.query.value;
  const search = query.get('q') ?? '';
  const sort = orderOf(query.get('sort'));
  useEffect(() => {
    list.order(search, sort);
    // Another search or order begins with its first row.
    document.querySelector('.clients')?.scrollTo(0, 0);
  }, [list, search, sort]);
  const session = query.get('s') ?? undefined;
  const ref = query.get('client') ?? undefined;
  const write = (changed: Readonly<Record<string, string | undefined>>): void => {
    router.replace({ ...Object.fromEntries(router.query.peek()), ...changed });
  };
  const close = (): void => write({ s: undefined, client: undefined, ch: undefined });
  const see = useCallback((from: number, to: number) => list.see(from, to), [list]);
  const isOpen = session !== undefined || ref !== undefined;
  return (
    <>
      <Tools list={list} search={search} write={write} />
      <div class={isOpen ? 'split open' : 'split'}>
        <List
          list={list}
          search={search}
          sort={sort}
          selected={session}
          onSort={(order) => write({ sort: order })}
          onSee={see}
          onOpen={(one) => write({ s: one.session, client: one.ref })}
        />
        {isOpen && <ClientPanel session={session} clientRef={ref} onClose={close} write={write} />}
      </div>
    </>
  );
}

interface ToolsProps {
  readonly list: ClientList;
  readonly search: string;
  readonly write: (changed: Readonly<Record<string, string | undefined>>) => void;
}

function Tools({ list, search, write }: ToolsProps) {
  const { router } = useServices();
  const visits = router.visits.value;
  const field = useRef<HTMLInputElement>(null);
  const [text, setText] = useState(search);
  const typing = useRef(0);
  // What is typed is written into the address without spaces at its end, and later: only a visit brings another text.
  useEffect(() => {
    setText(search);
    return () => clearTimeout(typing.current);
  }, [visits]);
  useKeys([{ key: '/', what: 'Search clients', run: () => field.current?.focus() }]);
  const typed = (now: string): void => {
    setText(now);
    clearTimeout(typing.current);
    typing.current = window.setTimeout(() => write({ q: now.trim() }), TYPING_MS);
  };
  const total = list.total.value;
  return (
    <div class="tools">
      <h1>Clients</h1>
      <input
        ref={field}
        class="grow"
        type="search"
        aria-label="Search clients"
        placeholder="Search name, subject, address or session"
        value={text}
        maxLength={255}
        onInput={(event) => typed(event.currentTarget.value)}
      />
      <span class="muted">
        {total !== undefined &&
          plural(total, search === '' ? 'client' : 'match', search === '' ? 'clients' : 'matches')}
      </span>
      <StaleNote staleMs={list.staleMs} problem={list.problem} />
    </div>
  );
}

interface ListProps {
  readonly list: ClientList;
  readonly search: string;
  readonly sort: SessionOrder;
  readonly selected: string | undefined;
  readonly onSort: (order: SessionOrder) => void;
  readonly onSee: (from: number, to: number) => void;
  readonly onOpen: (session: ObservedSession) => void;
}

function List({ list, search, sort, selected, onSort, onSee, onOpen }: ListProps) {
  const total = list.total.value;
  const problem = list.problem.value;
  const now = Date.now();
  const columns = COLUMNS.map((column): Column => {
    const order = SORTED_BY[column.id];
    if (order === undefined) return column;
    const sorted = order === 'since' ? 'ascending' : 'descending';
    return { ...column, onSort: () => onSort(order), ...(order === sort && { sorted }) };
  });
  if (total === undefined)
    return problem === undefined ? (
      <p class="loading">Loading…</p>
    ) : (
      <Empty lead={problem.message}>
        <p>{problem.remedy}</p>
      </Empty>
    );
  return (
    <Grid<ObservedSession | number>
      label="Clients"
      class={list.staleMs.value === undefined ? 'clients' : 'clients stale'}
      columns={columns}
      count={total}
      rowAt={(index) => list.rowAt(index) ?? index}
      keyOf={(row) => (typeof row === 'number' ? `row ${row}` : row.session)}
      cells={(row) => (typeof row === 'number' ? ['…'] : cellsOf(row, now))}
      rowClass={(row) => (typeof row !== 'number' && row.standing === 'behind' ? 'behind' : '')}
      selected={selected}
      onOpen={(row) => typeof row !== 'number' && onOpen(row)}
      onWindow={onSee}
      empty={search === '' ? <NobodyThere /> : <NobodyMatches search={search} />}
    />
  );
}

function cellsOf(row: ObservedSession, now: number) {
  const { name, subject, address, transport, standing, lag, unackedBytes, refusals, gaps, since } = row;
  return [
    <>
      <Name of={nameOf(row)} />
      {name !== undefined && subject !== undefined && (
        <>
          {' '}
          <span class="muted">
            <Name of={subject} />
          </span>
        </>
      )}
    </>,
    <Name
      key="address"
      of={address === '' ? 'not known' : address}
      title={`${address} by ${TRANSPORT_WORDS[transport]}`}
    />,
    standing === 'live' ? 'live' : <span class="warn tag">behind</span>,
    count(lag),
    bytes(unackedBytes),
    <Notable key="refusals" of={refusals} />,
    <Notable key="gaps" of={gaps} />,
    duration(Math.max(0, now - since)),
  ];
}

/** A number that is worth a look as soon as it is not zero. */
function Notable({ of }: { readonly of: number }) {
  return <span class={of > 0 ? 'warn' : 'muted'}>{count(of)}</span>;
}

function NobodyThere() {
  return (
    <Empty lead="Nobody is connected.">
      <p>
        Programs that use <code>@zerospan/client</code>, and readers of <code>/v1/events</code>, stand here as
        soon as they connect. ZeroMQ programs have no sessions: the overview counts them.
      </p>
    </Empty>
  );
}

function NobodyMatches({ search }: { readonly search: string }) {
  return (
    <Empty lead="No client matches.">
      <p>
        None has <Name of={search} /> in its name, subject, address, session or client.
      </p>
    </Empty>
  );
}
