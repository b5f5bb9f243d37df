/** A table of very many rows, of which only those in sight are in the page. */
import { Box, Table } from '@mantine/core';
import { useVirtualizer } from '@tanstack/react-virtual';
import { type ReactNode, useEffect, useRef } from 'react';
import classes from './virtual-table.module.css';

interface VirtualTableProps {
  readonly label: string;
  /** Cells of the head. */
  readonly head: ReactNode;
  readonly columns: number;
  readonly count: number;
  /** In pixels; each row is as high as that. */
  readonly rowHeight: number;
  /** Cells of a row; while somebody scrolls they had better be quickly made. */
  readonly row: (index: number, isScrolling: boolean) => ReactNode;
  readonly keyOf: (index: number) => string;
  readonly height: number | string;
  /** As a column in a narrow window scrolls sideways, the table is not narrower than this. */
  readonly minWidth?: number;
  readonly isSelected?: (index: number) => boolean;
  /** Brought into sight when it changes. */
  readonly selectedIndex?: number | undefined;
  /** Somebody has come near to the end. */
  readonly onEnd?: (() => void) | undefined;
}

export function VirtualTable(props: VirtualTableProps) {
  const { count, rowHeight, columns, selectedIndex, onEnd } = props;
  const scroller = useRef<HTMLDivElement>(null);
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
    if (count > 0 && last >= count - 10) onEnd?.();
  }, [last, count, onEnd]);
  const before = items[0]?.start ?? 0;
  const after = virtual.getTotalSize() - (items.at(-1)?.end ?? 0);
  return (
    <Box ref={scroller} className={classes.scroller} mah={props.height} tabIndex={0}>
      <Table
        aria-label={props.label}
        aria-rowcount={count + 1}
        stickyHeader
        verticalSpacing={0}
        miw={props.minWidth}
        className={classes.table}
      >
        <Table.Thead>
          <Table.Tr>{props.head}</Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {before > 0 && <Spacer height={before} columns={columns} />}
          {items.map(({ index }) => (
            // No component of the library: very many are made while somebody scrolls.
            <tr
              key={props.keyOf(index)}
              aria-rowindex={index + 2}
              aria-selected={props.isSelected?.(index)}
              style={{ height: rowHeight }}
              className={props.isSelected?.(index) ? classes.selected : undefined}
            >
              {props.row(index, virtual.isScrolling)}
            </tr>
          ))}
          {after > 0 && <Spacer height={after} columns={columns} />}
        </Table.Tbody>
      </Table>
    </Box>
  );
}

function Spacer({ height, columns }: { readonly height: number; readonly columns: number }) {
  return (
    <tr>
      <td colSpan={columns} style={{ height, padding: 0, border: 0 }} />
    </tr>
  );
}
