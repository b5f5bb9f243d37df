/** Tables with heads; a long one is drawn only as far as somebody sees it. */
import { Box, Stack, Table, Text } from '@mantine/core';
import { useVirtualizer } from '@tanstack/react-virtual';
import { type ReactNode, useRef } from 'react';

export interface Column<R> {
  readonly id: string;
  readonly name: ReactNode;
  readonly cell: (row: R) => ReactNode;
  /** Figures stand at the right. */
  readonly right?: boolean;
  readonly width?: number | string;
}

interface DataTableProps<R> {
  readonly label: string;
  readonly columns: readonly Column<R>[];
  readonly rows: readonly R[];
  readonly rowKey: (row: R) => string;
  /** What stands here while there are no rows: what would be, and how to get it. */
  readonly empty: ReactNode;
  readonly isChosen?: (row: R) => boolean;
}

/** More rows than these are drawn as somebody scrolls to them. */
const drawnMax = 100;
const rowHeight = 37;

export function DataTable<R>(props: DataTableProps<R>) {
  const { rows, empty } = props;
  if (rows.length === 0) return <Empty>{empty}</Empty>;
  return rows.length > drawnMax ? <LongTable {...props} /> : <ShortTable {...props} />;
}

export function Empty({ children }: { readonly children: ReactNode }) {
  return (
    <Box
      p="lg"
      style={{ border: '1px dashed var(--mantine-color-default-border)', borderRadius: 6 }}
    >
      {typeof children === 'string' ? (
        <Text size="sm" c="dimmed">
          {children}
        </Text>
      ) : (
        <Stack gap={4}>{children}</Stack>
      )}
    </Box>
  );
}

function ShortTable<R>(props: DataTableProps<R>) {
  return (
    <Table.ScrollContainer minWidth={600}>
      <Table verticalSpacing={6} aria-label={props.label} highlightOnHover>
        <Head {...props} />
        <Table.Tbody>
          {props.rows.map((row) => (
            <Row key={props.rowKey(row)} {...props} row={row} />
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

function LongTable<R>(props: DataTableProps<R>) {
  const { rows, columns, rowKey, label } = props;
  const box = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => box.current,
    estimateSize: () => rowHeight,
    overscan: 12,
  });
  const items = virtual.getVirtualItems();
  const above = items[0]?.start ?? 0;
  const below = virtual.getTotalSize() - (items.at(-1)?.end ?? 0);
  const gap = (height: number) =>
    height > 0 && (
      <tr>
        <td colSpan={columns.length} style={{ height, padding: 0 }} />
      </tr>
    );
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls by keyboard.
    <div ref={box} style={{ maxHeight: '70vh', overflow: 'auto' }} tabIndex={0}>
      <Table verticalSpacing={6} aria-label={label} stickyHeader highlightOnHover>
        <Head {...props} />
        <Table.Tbody>
          {gap(above)}
          {items.map(({ index }) => {
            const row = rows[index];
            return row === undefined ? null : <Row key={rowKey(row)} {...props} row={row} />;
          })}
          {gap(below)}
        </Table.Tbody>
      </Table>
    </div>
  );
}

function Head<R>({ columns }: DataTableProps<R>) {
  return (
    <Table.Thead>
      <Table.Tr>
        {columns.map(({ id, name, right, width }) => (
          <Table.Th
            key={id}
            ta={right ? 'right' : 'left'}
            style={{ whiteSpace: 'nowrap', ...(width !== undefined && { width }) }}
          >
            {name}
          </Table.Th>
        ))}
      </Table.Tr>
    </Table.Thead>
  );
}

function Row<R>({ columns, row, isChosen }: DataTableProps<R> & { readonly row: R }) {
  const chosen = isChosen?.(row) === true;
  return (
    <Table.Tr {...(chosen && { bg: 'var(--mantine-primary-color-light)' })}>
      {columns.map(({ id, cell, right }) => (
        <Table.Td
          key={id}
          ta={right ? 'right' : 'left'}
          style={{ fontVariantNumeric: 'tabular-nums' }}
        >
          {cell(row)}
        </Table.Td>
      ))}
    </Table.Tr>
  );
}
