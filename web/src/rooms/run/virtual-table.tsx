/** A table of any length that draws only the rows in view; to assistants it is a table like any. */
import { useVirtualizer } from '@tanstack/react-virtual';
import { type ReactNode, useRef } from 'react';

export interface Column {
  readonly key: string;
  readonly head: ReactNode;
  /** Of CSS; without one it takes its share of what is left. */
  readonly width?: number | string;
  readonly isNumber?: boolean;
}

interface VirtualTableProps {
  readonly label: string;
  readonly columns: readonly Column[];
  readonly count: number;
  /** In pixels, of every row. */
  readonly rowHeight: number;
  readonly height: number | string;
  /** In a narrower place it scrolls sideways. */
  readonly minWidth?: number;
  /** A `tr` with its key. */
  readonly row: (index: number) => ReactNode;
  /** Told when the last rows come into view. */
  readonly onEnd?: () => void;
}

export function VirtualTable(props: VirtualTableProps) {
  const { label, columns, count, rowHeight, height, row, onEnd, minWidth = 760 } = props;
  const box = useRef<HTMLDivElement>(null);
  const rows = useVirtualizer({
    count,
    getScrollElement: () => box.current,
    estimateSize: () => rowHeight,
    overscan: 6,
    onChange: ({ range }) => {
      if (range !== null && range.endIndex >= count - 1) onEnd?.();
    },
  });
  const items = rows.getVirtualItems();
  const before = items[0]?.start ?? 0;
  const after = rows.getTotalSize() - (items.at(-1)?.end ?? 0);
  return (
    <section
      ref={box}
      className="skein-rows"
      style={{ height }}
      aria-label={label}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is reached by keys.
      tabIndex={0}
    >
      <table
        className="skein-table"
        style={{ minWidth }}
        aria-label={label}
        aria-rowcount={count + 1}
      >
        <colgroup>
          {columns.map(({ key, width }) => (
            <col key={key} style={{ width }} />
          ))}
        </colgroup>
        <thead>
          <tr aria-rowindex={1}>
            {columns.map(({ key, head, isNumber }) => (
              <th key={key} scope="col" className={isNumber === true ? 'num' : undefined}>
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {before > 0 && <Space height={before} />}
          {items.map(({ index }) => row(index))}
          {after > 0 && <Space height={after} />}
        </tbody>
      </table>
    </section>
  );
}

const Space = ({ height }: { readonly height: number }) => (
  <tr>
    <td aria-hidden="true" style={{ height, padding: 0, border: 0 }} />
  </tr>
);
