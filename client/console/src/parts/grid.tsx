// biome-ignore-all lint/a11y/useSemanticElements: rows are drawn in a window and laid out by grid, which no table can
// biome-ignore-all lint/a11y/useFocusableInteractive: rows take the focus, one at a time; cells and head do not
// biome-ignore-all lint/a11y/noStaticElementInteractions: the role is known when it is drawn: grid or tree
// biome-ignore-all lint/a11y/useAriaPropsSupportedByRole: for the same reason
import type { ComponentChildren } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { useKeys } from '../shell/keys/use-keys.ts';
import { type Branch, type Column, GridRow, Heading } from './grid-row.tsx';

export type { Branch, Column } from './grid-row.tsx';

/** Height of the head, and of a row that says nothing else, in CSS pixels: more than a finger needs. */
const HEAD_PX = 28;
/** Rows drawn above and below what is visible. */
const SPARE = 6;

export interface GridProps<Row> {
  /** What it is a table of. */
  readonly label: string;
  /** For the widths of its columns, in CSS. */
  readonly class: string;
  /** Height of each row in CSS pixels. Default: one line. */
  readonly rowPx?: number;
  readonly columns: readonly Column[];
  /** Rows in all: only those that are visible are drawn. */
  readonly count: number;
  readonly rowAt: (index: number) => Row;
  readonly keyOf: (row: Row) => string;
  /** What stands in the columns; one that is not an array takes the whole row. */
  readonly cells: (row: Row) => readonly ComponentChildren[];
  readonly rowClass?: (row: Row) => string;
  readonly branch?: (row: Row, index: number) => Branch;
  /** A row that comes into view when it becomes another one; undefined: none does. */
  readonly revealed?: number | undefined;
  /** The row that is open beside the table. */
  readonly selected?: string | undefined;
  readonly onOpen: (row: Row, index: number) => void;
  /** The rows that are visible, first and behind the last; called when they change. */
  readonly onWindow?: (from: number, to: number) => void;
  /** The person has scrolled away from the first row, or has come to it again. */
  readonly onAtTop?: (isAtTop: boolean) => void;
  /** In place of rows. */
  readonly empty?: ComponentChildren;
}

/**
 * A table of rows that are all of one height, of which only the visible ones are drawn. One row is in the order of tabs
 * (roving tabindex); arrows, Page Up and Down, Home and End go from row to row, Enter opens one; `j` and `k` do it from
 * anywhere on the screen.
 */
export function Grid<Row>(props: GridProps<Row>) {
  const { label, columns, count, rowAt, keyOf, branch, onOpen, onWindow, onAtTop, empty } = props;
  const { rowPx = HEAD_PX } = props;
  const box = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  const [height, setHeight] = useState(600);
  const [active, setActive] = useState(0);
  /** Whether the active row takes the focus when it is drawn. */
  const takesFocus = useRef(false);
  const at = Math.min(active, Math.max(0, count - 1));

  useLayoutEffect(() => {
    const element = box.current;
    if (element === null) return;
    const watch = new ResizeObserver(() => setHeight(element.clientHeight));
    watch.observe(element);
    return () => watch.disconnect();
  }, []);

  const first = Math.max(0, Math.floor(top / rowPx) - SPARE);
  const last = Math.min(count, Math.ceil((top + height) / rowPx) + SPARE);
  useEffect(() => onWindow?.(first, last), [first, last, onWindow]);

  useLayoutEffect(() => {
    if (!takesFocus.current) return;
    takesFocus.current = false;
    if (box.current) rowWithFocus(box.current)?.focus({ preventScroll: true });
  });

  const { revealed } = props;
  useEffect(() => {
    const element = box.current;
    if (element === null || revealed === undefined) return;
    element.scrollTop = revealed * rowPx - (element.clientHeight - HEAD_PX) / 2;
    setActive(revealed);
  }, [revealed, rowPx]);

  const goTo = (index: number): void => {
    const to = Math.max(0, Math.min(count - 1, index));
    const element = box.current;
    if (element === null || count === 0) return;
    // The head stays in front of the rows.
    const room = element.clientHeight - HEAD_PX;
    if (to * rowPx < element.scrollTop) element.scrollTop = to * rowPx;
    else if ((to + 1) * rowPx > element.scrollTop + room) element.scrollTop = (to + 1) * rowPx - room;
    if (to === at) rowWithFocus(element)?.focus({ preventScroll: true });
    takesFocus.current = to !== at;
    setActive(to);
  };
  const isInside = (): boolean => box.current?.contains(document.activeElement) === true;
  const open = (): void => {
    if (count > 0) onOpen(rowAt(at), at);
  };
  useKeys([
    { key: 'j', what: 'Next row', run: () => goTo(isInside() ? at + 1 : at) },
    { key: 'k', what: 'Row before', run: () => goTo(isInside() ? at - 1 : at) },
  ]);

  const pressed = (event: KeyboardEvent): void => {
    // What is in a row answers its own keys.
    if (!(event.target instanceof HTMLElement) || event.target.getAttribute('role') !== 'row') return;
    const page = Math.max(1, Math.floor(height / rowPx) - 2);
    const steps: Readonly<Record<string, () => void>> = {
      ArrowDown: () => goTo(at + 1),
      ArrowUp: () => goTo(at - 1),
      PageDown: () => goTo(at + page),
      PageUp: () => goTo(at - page),
      Home: () => goTo(0),
      End: () => goTo(count - 1),
      Enter: open,
      ...(branch &&
        count > 0 &&
        branchSteps(branch(rowAt(at), at), at, goTo, (index) => branch(rowAt(index), index).level)),
    };
    const step = steps[event.key];
    if (step === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    step();
  };

  const visible = Array.from({ length: Math.max(0, last - first) }, (_, i) => first + i);
  // Out of sight it would lose the focus.
  if (count > 0 && (at < first || at >= last)) visible.push(at);
  return (
    <div
      ref={box}
      class={`grid ${props.class}`}
      role={branch ? 'treegrid' : 'grid'}
      aria-label={label}
      aria-rowcount={count + 1}
      aria-colcount={columns.length}
      onKeyDown={pressed}
      onScroll={(event) => {
        const { scrollTop } = event.currentTarget;
        if (scrollTop < HEAD_PX !== top < HEAD_PX) onAtTop?.(scrollTop < HEAD_PX);
        setTop(scrollTop);
      }}
    >
      <div class="grid-head" role="row" aria-rowindex={1}>
        {columns.map((column) => (
          <Heading key={column.id} column={column} />
        ))}
      </div>
      {count === 0 && empty}
      <div class="grid-body" role="presentation" style={{ height: `${count * rowPx}px` }}>
        {visible.map((index) => {
          const row = rowAt(index);
          const key = keyOf(row);
          return (
            <GridRow
              // By its place: a tail at full speed then writes other texts into the rows that are there.
              key={index}
              index={index}
              rowPx={rowPx}
              isActive={index === at}
              isSelected={props.selected === key}
              class={props.rowClass?.(row) ?? ''}
              columns={columns}
              cells={props.cells(row)}
              branch={branch?.(row, index)}
              onFocus={() => setActive(index)}
              onClick={() => {
                setActive(index);
                onOpen(row, index);
              }}
            />
          );
        })}
      </div>
    </div>
  );
}

function rowWithFocus(grid: HTMLElement): HTMLElement | null {
  return grid.querySelector<HTMLElement>('[role="row"][tabindex="0"]');
}

/** Right opens what is closed and then goes into it, left closes it and then goes to what it lies in. */
function branchSteps(
  { isExpanded, onToggle, level }: Branch,
  at: number,
  goTo: (index: number) => void,
  levelAt: (index: number) => number,
): Readonly<Record<string, () => void>> {
  const toParent = (): void => {
    let index = at - 1;
    while (index >= 0 && levelAt(index) >= level) index -= 1;
    if (index >= 0) goTo(index);
  };
  return {
    ArrowRight: isExpanded === true ? () => goTo(at + 1) : isExpanded === false ? onToggle : () => {},
    ArrowLeft: isExpanded === true ? onToggle : toParent,
  };
}
