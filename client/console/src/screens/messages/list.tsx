import { useEffect, useState } from 'preact/hooks';
import { sentences } from '../../data/connection.ts';
import { count } from '../../data/format.ts';
import { Empty } from '../../parts/empty.tsx';
import { Grid } from '../../parts/grid.tsx';
import { useServices } from '../../shell/services.ts';
import { COLUMNS, cellsOf, rowClassOf } from './cells.tsx';
import { exportRows } from './export.ts';
import type { Excerpt, Finding } from './model/excerpt.ts';
import { type EdgeRow, extentOf, type MessageRow, type Row } from './model/rows.ts';
import { isForbidden, type Tail } from './model/tail.ts';
import type { View } from './view.ts';

/** Heights of a row in CSS pixels: one line, two where there is no room for columns, and more of the message. */
const HEIGHTS = { line: 28, narrow: 48, wrapped: 66 } as const;

const OLDER: EdgeRow = { kind: 'edge', key: 'older' };
const NEWER: EdgeRow = { kind: 'edge', key: 'newer' };

/** Address that the command line uses by default. */
const DEFAULT_URL = 'http://127.0.0.1:8080/bus';

interface ListProps {
  readonly view: View;
  readonly tail: Tail | undefined;
  readonly excerpt: Excerpt | undefined;
  readonly selected: string | undefined;
  readonly onOpen: (row: MessageRow) => void;
  readonly onAtTop: (isAtTop: boolean) => void;
}

/** The messages, the newest first. */
export function List({ view, tail, excerpt, selected, onOpen, onAtTop }: ListProps) {
  const isNarrow = useNarrow();
  const model = tail ?? excerpt;
  const shown = model?.shown ?? [];
  const newer = excerpt?.hasNewer ? 1 : 0;
  const older = model?.hasOlder && (shown.length > 0 || tail) ? 1 : 0;
  const rowAt = (index: number): Row => {
    if (newer === 1 && index === 0) return NEWER;
    return shown[shown.length - 1 - (index - newer)] ?? OLDER;
  };
  const finding = excerpt?.finding;
  const found =
    finding === undefined
      ? -1
      : shown.findIndex((row) =>
          row.kind === 'gap'
            ? finding.kind === 'lost' && row.gap === finding.gap
            : finding.kind === 'found' && row === finding.row,
        );
  // What is read more of the log on top moves it, and is no reason to go there again.
  const [revealed, setRevealed] = useState<number>();
  useEffect(() => setRevealed(found < 0 ? undefined : newer + shown.length - 1 - found), [finding]);
  const open = (row: Row): void => {
    if (row.kind === 'message') onOpen(row);
    if (row.kind === 'edge' && row.key === 'older') void model?.older();
    if (row.kind === 'edge' && row.key === 'newer') void excerpt?.newer();
  };
  return (
    <>
      {finding && <FindingWords finding={finding} />}
      <Grid<Row>
        label="Messages, the newest first"
        class={view.isWrapped ? 'messages-grid wrapped' : 'messages-grid'}
        rowPx={HEIGHTS[view.isWrapped ? 'wrapped' : isNarrow ? 'narrow' : 'line']}
        columns={COLUMNS}
        count={shown.length + older + newer}
        rowAt={rowAt}
        keyOf={({ key }) => key}
        cells={cellsOf}
        rowClass={rowClassOf}
        revealed={revealed}
        selected={selected}
        onOpen={open}
        onAtTop={onAtTop}
        empty={<Nothing view={view} tail={tail} />}
      />
      <div class="count">
        <p>
          <Counts shown={shown} tail={tail} isFiltered={view.filter !== ''} />
        </p>
        <button type="button" class="link" onClick={() => exportRows(shown)}>
          Export
        </button>
        {tail && (
          <button type="button" class="link" onClick={() => tail.clear()}>
            Clear
          </button>
        )}
      </div>
    </>
  );
}

const NARROW = matchMedia('(max-width: 34rem)');

/** Whether there is no room for columns. */
function useNarrow(): boolean {
  const [isNarrow, setNarrow] = useState(NARROW.matches);
  useEffect(() => {
    const changed = (): void => setNarrow(NARROW.matches);
    NARROW.addEventListener('change', changed);
    return () => NARROW.removeEventListener('change', changed);
  }, []);
  return isNarrow;
}

/** What became of the message that the address names. */
function FindingWords({ finding }: { readonly finding: Finding }) {
  if (finding.kind === 'found' || finding.kind === 'loading') return null;
  const words =
    finding.kind === 'lost'
      ? `Dropped by retention: ${extentOf(finding.gap)}. The log no longer holds this message.`
      : finding.words;
  return (
    <p class="finding" role="status">
      {words}
    </p>
  );
}

interface CountsProps {
  readonly shown: readonly Row[];
  readonly tail: Tail | undefined;
  readonly isFiltered: boolean;
}

function Counts({ shown, tail, isFiltered }: CountsProps) {
  const messages = shown.reduce((sum, { kind }) => sum + (kind === 'message' ? 1 : 0), 0);
  const { past, received } = tail?.counts ?? { past: 0, received: 0 };
  const oneIn = tail?.sampling.oneIn ?? 1;
  const words = [
    `${count(messages)} shown${isFiltered ? ' by the filter' : ''}`,
    ...(past > 0 ? [`${count(past)} from the log`] : []),
    ...(received > 0 ? [`${count(received)} received`] : []),
  ];
  return (
    <>
      {words.join(', ')}
      {oneIn > 1.05 && (
        <strong class="warn">
          {' '}
          · showing 1 in {oneIn < 10 ? oneIn.toFixed(1) : count(Math.round(oneIn))}
        </strong>
      )}
    </>
  );
}

function Nothing({ view, tail }: { readonly view: View; readonly tail: Tail | undefined }) {
  const { connection } = useServices();
  const problem = tail?.problem;
  if (problem)
    return (
      <Empty
        lead={isForbidden(problem) ? 'You may not read these channels.' : 'These messages cannot be read.'}
      >
        <p>{sentences(problem)}</p>
      </Empty>
    );
  if (tail === undefined || !tail.isReady)
    return <Empty lead={connection.isConnected.value ? 'Reading the log…' : 'There is no connection yet.'} />;
  if (view.filter !== '')
    return (
      <Empty lead={`No message here fits ${view.filter}`}>
        <p>
          The filter is a text, capitals included, in the channel or in the message; or a comparison of what
          lies at a path, such as <code>choice = yes</code>.
        </p>
      </Empty>
    );
  const { url } = connection;
  return (
    <Empty lead="The log holds no messages, and none has come since you opened this page.">
      <p>Put a first one with the button above, or in a terminal:</p>
      <pre>
        <code id="try">
          npx zerospan put {view.channels[0] ?? 'room1'} '"hello"'
          {url !== DEFAULT_URL && (
            <>
              {' '}
              <span>--url</span> <span>{url}</span>
            </>
          )}
        </code>
      </pre>
    </Empty>
  );
}
