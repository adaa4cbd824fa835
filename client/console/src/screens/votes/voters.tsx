import { useMemo, useState } from 'preact/hooks';
import { Chips } from '../../parts/chips.tsx';
import { CopyButton } from '../../parts/copy-button.tsx';
import { Empty } from '../../parts/empty.tsx';
import { type Column, Grid } from '../../parts/grid.tsx';
import { Time } from '../../parts/time.tsx';
import { useServices } from '../../shell/services.ts';
import { EMPTY } from './bars.tsx';
import type { VoteReading } from './counting/reading.ts';
import { LIST_WORDS, LISTS, type ListName, sizeOf, type VoterRow, votersOf } from './standings.ts';

const COLUMNS: readonly Column[] = [
  { id: 'voter', title: 'Voter' },
  { id: 'choice', title: 'Choice' },
  { id: 'when', title: 'When', isNumeric: true },
];

/** Longer names are cut. */
const TITLE_MOST = 300;

/** Names handed to another screen in an address, at most. */
const HANDED_MOST = 1_000;

/** Who has voted what, and who has not. */
export function Voters({ reading }: { readonly reading: VoteReading }) {
  const { router } = useServices();
  const { tally } = reading;
  const [list, setList] = useState<ListName>('voted');
  const [search, setSearch] = useState('');
  const needle = search.trim().toLowerCase();
  // The version stands for what the tally holds.
  const rows = useMemo(() => {
    const all = votersOf(tally, list);
    return needle === '' ? all : all.filter(({ voter }) => voter.toLowerCase().includes(needle));
  }, [tally, list, needle, reading.version]);
  const names = (): string => rows.map(({ voter }) => voter).join('\n');
  const isChannels = tally.rules.voter === undefined;
  const hasVotes = list !== 'missing' && list !== 'unknown';
  const open = (row: VoterRow): void => {
    if (isChannels) router.go('messages', { c: row.voter });
  };
  return (
    <section class="voters" aria-label="Voters">
      <Chips
        label="Which voters"
        chips={LISTS.map((name) => ({
          name,
          title: LIST_WORDS[name].title,
          size: sizeOf(tally, name),
        })).filter(({ name, size }) => name === 'voted' || name === list || size > 0)}
        chosen={list}
        onChoose={setList}
      />
      <div class="tools voters-tools">
        <input
          type="search"
          class="grow"
          aria-label="Search voters"
          placeholder="Search"
          value={search}
          onInput={(event) => setSearch(event.currentTarget.value)}
        />
        <CopyButton
          text={names}
          what={`the names: ${LIST_WORDS[list].title.toLowerCase()}`}
          label="Copy names"
        />
        {isChannels && (list === 'missing' || list === 'unknown') && rows.length > 0 && (
          <button
            type="button"
            class="small"
            onClick={() =>
              router.go('broadcast', { c: rows.slice(0, HANDED_MOST).map(({ voter }) => voter) })
            }
          >
            Send them a message
          </button>
        )}
      </div>
      <p class="hint list-hint">{LIST_WORDS[list].what}</p>
      <Grid
        label={`Voters: ${LIST_WORDS[list].title}`}
        class={hasVotes ? 'voters-grid' : 'voters-grid names-grid'}
        columns={hasVotes ? COLUMNS : COLUMNS.slice(0, 1)}
        count={rows.length}
        rowAt={(index) => rows[index] as VoterRow}
        keyOf={({ voter }) => voter}
        cells={({ voter, vote }) => [
          <bdi key="voter" title={voter.slice(0, TITLE_MOST)}>
            {voter.slice(0, TITLE_MOST)}
          </bdi>,
          ...(vote ? [<Choice key="choice" text={vote.choice} />, <Time key="when" ms={vote.time} />] : []),
        ]}
        onOpen={open}
        empty={<Empty lead={needle === '' ? 'Nobody.' : 'Nobody whose name has this in it.'} />}
      />
    </section>
  );
}

/** A choice is kept as its JSON text; empty: it stands for choices beyond the most that have a bar. */
function Choice({ text }: { readonly text: string }) {
  if (text === '') return <span class="muted">another choice</span>;
  const value: unknown = JSON.parse(text);
  return <bdi>{(typeof value === 'string' ? value || EMPTY : text).slice(0, 200)}</bdi>;
}
