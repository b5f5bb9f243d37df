/** Tables with heads; a long one is drawn only as far as somebody sees it. */
import { Box, Stack, Table, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { type ColumnHead, VirtualTable } from './virtual-table.tsx';

export interface Column<R> extends ColumnHead {
  readonly cell: (row: R) => ReactNode;
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

function LongTable<R>({ rows, columns, rowKey, label, isChosen }: DataTableProps<R>) {
  const at = (index: number): R | undefined => rows[index];
  return (
    <VirtualTable
      {...{ label, columns, rowHeight }}
      count={rows.length}
      height="70vh"
      keyOf={(index) => {
        const row = at(index);
        return row === undefined ? '' : rowKey(row);
      }}
      isSelected={(index) => {
        const row = at(index);
        return row !== undefined && isChosen?.(row) === true;
      }}
      row={(index) => {
        const row = at(index);
        if (row === undefined) return null;
        return columns.map(({ id, cell, right }) => (
          <td key={id} data-right={right === true ? '' : undefined}>
            {cell(row)}
          </td>
        ));
      }}
    />
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
