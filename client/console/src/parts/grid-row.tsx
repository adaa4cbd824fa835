// biome-ignore-all lint/a11y/useSemanticElements: rows are drawn in a window and laid out by grid, which no table can
// biome-ignore-all lint/a11y/useFocusableInteractive: rows take the focus, one at a time; cells and head do not
import type { ComponentChildren } from 'preact';

export interface Column {
  readonly id: string;
  readonly title: string;
  /** Numbers stand at the right. */
  readonly isNumeric?: boolean;
  /** How the rows are sorted by it now; left out: they are not. */
  readonly sorted?: 'ascending' | 'descending';
  /** Left out: one cannot sort by it. */
  readonly onSort?: () => void;
}

/** A row of a tree. */
export interface Branch {
  /** From 1. */
  readonly level: number;
  /** undefined: nothing lies beneath. */
  readonly isExpanded: boolean | undefined;
  readonly onToggle: () => void;
  /** Its place among its siblings, from 1, and how many they are. */
  readonly place?: number;
  readonly siblings?: number;
}

export function Heading({ column }: { readonly column: Column }) {
  const { title, isNumeric, sorted, onSort } = column;
  return (
    <div
      class={isNumeric ? `cell-${column.id} number` : `cell-${column.id}`}
      role="columnheader"
      {...(onSort && { 'aria-sort': sorted ?? ('none' as const) })}
    >
      {onSort ? (
        <button type="button" class="sort" onClick={onSort}>
          {title}
          <span aria-hidden="true">
            {sorted === 'ascending' ? ' ↑' : sorted === 'descending' ? ' ↓' : ''}
          </span>
        </button>
      ) : (
        title
      )}
    </div>
  );
}

interface GridRowProps {
  readonly index: number;
  readonly rowPx: number;
  readonly isActive: boolean;
  readonly isSelected: boolean;
  readonly class: string;
  readonly columns: readonly Column[];
  readonly cells: readonly ComponentChildren[];
  readonly branch: Branch | undefined;
  readonly onFocus: () => void;
  readonly onClick: () => void;
}

export function GridRow({
  index,
  rowPx,
  isActive,
  isSelected,
  columns,
  cells,
  branch,
  onFocus,
  onClick,
  ...props
}: GridRowProps) {
  const isWhole = cells.length === 1 && columns.length > 1;
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the table answers the keys of all its rows
    <div
      class={`grid-row ${props.class}${isSelected ? ' selected' : ''}`}
      role="row"
      aria-rowindex={index + 2}
      aria-selected={isSelected}
      tabIndex={isActive ? 0 : -1}
      style={{ transform: `translateY(${index * rowPx}px)`, height: `${rowPx}px` }}
      onFocus={onFocus}
      onClick={onClick}
      {...(branch && {
        'aria-level': branch.level,
        ...(branch.isExpanded !== undefined && { 'aria-expanded': branch.isExpanded }),
        ...(branch.place !== undefined && { 'aria-posinset': branch.place }),
        ...(branch.siblings !== undefined && { 'aria-setsize': branch.siblings }),
      })}
    >
      {isWhole ? (
        <div class="cell-whole" role="gridcell" aria-colspan={columns.length}>
          {cells[0]}
        </div>
      ) : (
        columns.map(({ id, isNumeric }, i) => (
          <div key={id} class={isNumeric ? `cell-${id} number` : `cell-${id}`} role="gridcell">
            {cells[i]}
          </div>
        ))
      )}
    </div>
  );
}
