/**
 * A table of any length that draws only the rows in sight; to assistants it is a table like any.
 * Plain elements: very many are made while somebody scrolls.
 */
import { useVirtualizer } from '@tanstack/react-virtual';
import { type ReactNode, useEffect, useRef } from 'react';
import classes from './virtual-table.module.css';

export interface ColumnHead {
  readonly id: string;
  readonly name: ReactNode;
  /** For a column without words at its head. */
  readonly label?: string;
  /** Of CSS; without one it takes its share of what is left. */
  readonly width?: number | string;
  /** Figures stand at the right. */
  readonly right?: boolean;
}

interface VirtualTableProps {
  readonly label: string;
  readonly columns: readonly ColumnHead[];
  readonly count: number;
  /** In pixels, of every row. */
  readonly rowHeight: number;
  /** Of the whole table, at most: fewer rows take less. */
  readonly height: number | string;
  /** In a narrower place it scrolls sideways. */
  readonly minWidth?: number;
  readonly keyOf: (index: number) => string;
  /** Cells (`td`) of a row; while somebody scrolls they had better be quickly made. */
  readonly row: (index: number, isScrolling: boolean) => ReactNode;
  readonly isSelected?: (index: number) => boolean;
  /** Brought into sight when it changes. */
  readonly selectedIndex?: number | undefined;
  /** Somebody has come near to the end. */
  readonly onEnd?: (() => void) | undefined;
}

/** So many rows before its end somebody is near to it. */
const nearEnd = 10;

export function VirtualTable(props: VirtualTableProps) {
  const { label, columns, count, rowHeight, selectedIndex, onEnd, minWidth = 760 } = props;
  const scroller = useRef<HTMLElement>(null);
  const virtual = useVirtualizer({
    count,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 8,
  });
  useEffect(() => {
    if (selectedIndex !== undefined && selectedIndex >= 0) virtual.scrollToIndex(selectedIndex);
  }, [virtual, selectedIndex]);
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? -1;
  useEffect(() => {
    if (count > 0 && last >= count - nearEnd) onEnd?.();
  }, [last, count, onEnd]);
  const before = items[0]?.start ?? 0;
  const after = virtual.getTotalSize() - (items.at(-1)?.end ?? 0);
  return (
    <section
      ref={scroller}
      className={classes.scroller}
      style={{ maxHeight: props.height }}
      aria-label={label}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is reached by keys.
      tabIndex={0}
    >
      <table
        className={classes.table}
        style={{ minWidth }}
        aria-label={label}
        aria-rowcount={count + 1}
      >
        <Heads columns={columns} />
        <tbody>
          {before > 0 && <Space height={before} columns={columns.length} />}
          {items.map(({ index }) => (
            <tr
              key={props.keyOf(index)}
              aria-rowindex={index + 2}
              data-row=""
              data-selected={props.isSelected?.(index) ? '' : undefined}
              style={{ height: rowHeight }}
            >
              {props.row(index, virtual.isScrolling)}
            </tr>
          ))}
          {after > 0 && <Space height={after} columns={columns.length} />}
        </tbody>
      </table>
    </section>
  );
}

const Heads = ({ columns }: { readonly columns: readonly ColumnHead[] }) => (
  <thead>
    <tr aria-rowindex={1}>
      {columns.map(({ id, name, label, width, right }) => (
        <th
          key={id}
          scope="col"
          aria-label={label}
          style={{ width }}
          className={right === true ? classes.right : undefined}
        >
          {name}
        </th>
      ))}
    </tr>
  </thead>
);

interface SpaceProps {
  readonly height: number;
  readonly columns: number;
}

const Space = ({ height, columns }: SpaceProps) => (
  <tr>
    <td aria-hidden="true" colSpan={columns} style={{ height, padding: 0, border: 0 }} />
  </tr>
);
