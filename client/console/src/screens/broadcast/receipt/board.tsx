import type { Verdict } from '@zerospan/shared';
import { useEffect, useMemo, useState } from 'preact/hooks';
import { count, plural, positionText } from '../../../data/format.ts';
import { Chips } from '../../../parts/chips.tsx';
import { Empty } from '../../../parts/empty.tsx';
import { type Column, Grid } from '../../../parts/grid.tsx';
import { useServices } from '../../../shell/services.ts';
import type { Desk } from '../desk.ts';
import type { Sending } from '../sending.ts';
import { AgainPanel } from './again-panel.tsx';
import {
  type BoardRow,
  boardRows,
  countsOf,
  FILTERS,
  type FilterName,
  matches,
  nameOf,
} from './board-rows.ts';
import { Explanations } from './explanations.ts';
import { Outcome } from './outcome.tsx';
import { type ChannelRow, isNobody, standingWords } from './receipt.ts';

const COLUMNS: readonly Column[] = [
  { id: 'channel', title: 'Channel' },
  { id: 'who', title: 'Who' },
  { id: 'standing', title: 'Has it?' },
];

const WORDS: Readonly<Record<FilterName, string>> = {
  all: 'All',
  has: 'Has it',
  skipped: 'Skipped',
  unanswered: 'No answer',
  away: 'Away since',
  absent: 'Away before',
  nobody: 'Nobody',
};

/** A sign beside the words: colour alone carries nothing. */
const SIGNS = { has: '✓', skipped: '✕', 'no-answer': '…', 'no-acks': '…', away: '↷', absent: '↷' } as const;

interface BoardProps {
  readonly desk: Desk;
  readonly sending: Sending;
  readonly onSent: (sending: Sending) => void;
}

/** Who has a message: the receipt of a broadcast, channel by channel and by name. */
export function Board({ desk, sending, onSent }: BoardProps) {
  const { api, stats, router } = useServices();
  const [filter, setFilter] = useState<FilterName>('all');
  const explanations = useMemo(() => new Explanations(api), [api, sending]);
  const { rows, isDone } = sending;
  const mayExplain = stats.mayObserve.value === true && rows.some(({ people }) => people !== undefined);
  useEffect(() => () => explanations.close(), [explanations]);
  useEffect(() => {
    if (isDone && mayExplain) void explanations.ask(sending.rows);
  }, [explanations, isDone, mayExplain, sending]);
  const all = useMemo(() => boardRows(rows), [rows]);
  const shown = useMemo(() => all.filter((row) => matches(row, filter)), [all, filter]);
  const counts = useMemo(() => countsOf(rows), [rows]);
  const open = ({ row, who }: BoardRow): void => {
    const at = positionText(row);
    if (who !== undefined && mayExplain) router.go('explain', { at, client: who.ref });
    else router.go('messages', { c: row.channel, at });
  };
  return (
    <div class="board">
      <Outcome sending={sending} />
      {rows.length > 0 && (
        <>
          <Chips
            label="Which of them"
            chips={FILTERS.filter((name) => name === 'all' || counts[name] > 0 || name === filter).map(
              (name) => ({
                name,
                title: WORDS[name],
                size: name === 'all' ? all.length : counts[name],
              }),
            )}
            chosen={filter}
            onChoose={setFilter}
          >
            {mayExplain && isDone && counts.unanswered + counts.absent > 0 && (
              <button
                type="button"
                class="link"
                disabled={explanations.isAsking}
                onClick={() => void explanations.ask(sending.rows)}
              >
                {explanations.isAsking ? 'Checking …' : 'Check again'}
              </button>
            )}
          </Chips>
          <Grid
            label="Who has it"
            class="receipt-grid"
            columns={COLUMNS}
            count={shown.length}
            rowAt={(index) => shown[index] as BoardRow}
            keyOf={({ key }) => key}
            cells={(row) => cellsOf(row, explanations, isDone)}
            onOpen={open}
            empty={<Empty lead="None of them." />}
          />
          {isDone && (
            <AgainPanel
              key={filter === 'all' ? 'all' : 'part'}
              desk={desk}
              sending={sending}
              onSent={onSent}
            />
          )}
        </>
      )}
    </div>
  );
}

function cellsOf({ row, who, standing }: BoardRow, explanations: Explanations, isDone: boolean) {
  const channel = <bdi title={row.channel}>{row.channel}</bdi>;
  if (who === undefined || standing === undefined)
    return [channel, <Listeners key="who" row={row} />, <Counted key="standing" row={row} isDone={isDone} />];
  const now = explanations.of(row, who);
  const name = nameOf(who);
  const { short, long } = standingWords(standing);
  return [
    channel,
    <bdi key="who" title={`${name}, session ${who.session}`}>
      {name}
    </bdi>,
    <span
      key="standing"
      class={`standing ${standing.kind}`}
      title={now ? `When the receipt came: ${long} Now: ${now.sentence}` : long}
    >
      <span aria-hidden="true">{SIGNS[standing.kind]}</span> {(now && NOW_WORDS[now.verdict]) ?? short}
    </span>,
  ];
}

/** What the server explains, in a few words; others say no more than the receipt does. */
const NOW_WORDS: Readonly<Partial<Record<Verdict, string>>> = {
  had: 'Has it by now',
  written: 'No answer; was sent it',
  coming: 'Behind; gets it when it has read so far',
  away: 'Away; gets it when it returns',
  lost: 'Lost: a gap was reported to it',
  skipped: 'Skipped: newest only',
};

function Listeners({ row: { sessions, nativeSubscriptions, people } }: { readonly row: ChannelRow }) {
  const named = people?.length ?? 0;
  const parts = [
    sessions > 0 && (named > 0 ? `${count(sessions)} sessions, not all named` : plural(sessions, 'session')),
    nativeSubscriptions > 0 && plural(nativeSubscriptions, 'native subscription'),
  ].filter((part) => part !== false);
  return <span class="muted">{parts.length === 0 ? '–' : parts.join(', ')}</span>;
}

function Counted({ row, isDone }: { readonly row: ChannelRow; readonly isDone: boolean }) {
  if (isNobody(row)) return <span class="standing nobody">○ Nobody listened</span>;
  const { counts, sessions } = row;
  if (counts !== undefined) {
    const parts = [
      counts.confirmed > 0 &&
        `✓ ${count(counts.confirmed)} of ${count(sessions)} ${sessions === 1 ? 'has' : 'have'} it`,
      counts.skipped > 0 && `✕ ${count(counts.skipped)} skipped it`,
      counts.unanswered > 0 && `… ${count(counts.unanswered)} without an answer`,
    ].filter((part) => part !== false);
    const kind = counts.skipped > 0 ? 'skipped' : counts.unanswered > 0 ? 'no-answer' : 'has';
    return (
      <span class={`standing ${sessions > 0 ? kind : ''}`}>
        {parts.join(', ') || 'Sent to ZeroMQ, which never answers'}
      </span>
    );
  }
  return (
    <span class="muted">
      {isDone ? 'It is in the log; who has it was not asked' : 'It is in the log; waiting …'}
    </span>
  );
}
