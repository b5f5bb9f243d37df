/** Node pools: as the nodes name them, and the rules of those that scale by themselves. */
import { Button, Group, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { formatDuration } from '../../../../src/base/duration.ts';
import type { NodePoolRow } from '../../../../src/model/node-pool.ts';
import { defaultNodePool } from '../../../../src/model/node-pool.ts';
import { call } from '../../data/api.ts';
import { useTable } from '../../data/hooks.ts';
import { EditButton, RemoveButton, RowActions } from '../../kit/row-parts.tsx';
import { DataTable } from '../../kit/table.tsx';
import { Time } from '../../kit/time.tsx';
import { useWords } from '../../kit/words.ts';
import { NodePoolForm } from './node-pool-form.tsx';
import { clusterWords } from './words.ts';

export function NodePools() {
  const w = useWords(clusterWords);
  const pools = useTable('node-pool');
  const nodes = useTable('node');
  const [edited, setEdited] = useState<NodePoolRow | 'new'>();
  const aliveOf = (name: string): number =>
    nodes.filter((it) => it.status === 'alive' && (it.pool ?? defaultNodePool) === name).length;
  const named = [...new Set(nodes.map(({ pool }) => pool ?? defaultNodePool))].sort();
  return (
    <Stack>
      <Group justify="space-between">
        <Text size="sm" c="dimmed">
          {w.nodePoolsOfNodes}: {named.map((name) => `${name} (${aliveOf(name)})`).join(', ')}
        </Text>
        <Button size="compact-md" onClick={() => setEdited('new')}>
          {w.newPool}
        </Button>
      </Group>
      <DataTable
        label={w.pools}
        rows={pools}
        rowKey={({ name }) => name}
        empty={w.noPools}
        columns={[
          { id: 'name', name: w.name, cell: ({ name }) => <bdi>{name}</bdi> },
          { id: 'range', name: w.range, cell: ({ min, max }) => `${min}–${max}` },
          { id: 'wanted', name: w.wanted, right: true, cell: ({ wanted }) => wanted ?? '–' },
          { id: 'alive', name: w.aliveNodes, right: true, cell: ({ name }) => aliveOf(name) },
          { id: 'at', name: w.thresholds, cell: ({ up, down }) => `${up} % / ${down} %` },
          { id: 'pause', name: w.cooldown, cell: ({ cooldownMs }) => formatDuration(cooldownMs) },
          { id: 'provider', name: w.provider, cell: ({ provider }) => <bdi>{provider.kind}</bdi> },
          { id: 'updated', name: w.updated, cell: ({ updatedAt }) => <Time at={updatedAt} /> },
          {
            id: 'actions',
            name: w.actions,
            right: true,
            cell: (row) => (
              <RowActions>
                <EditButton name={row.name} onEdit={() => setEdited(row)} />
                <RemoveButton
                  name={row.name}
                  title={w.deletePool(row.name)}
                  says={w.deletePoolSays(row.name)}
                  done={w.poolDeleted(row.name)}
                  onRemove={() => call('deleteNodePool', { params: { name: row.name } })}
                />
              </RowActions>
            ),
          },
        ]}
      />
      {edited !== undefined && (
        <NodePoolForm
          row={edited === 'new' ? undefined : edited}
          onClose={() => setEdited(undefined)}
        />
      )}
    </Stack>
  );
}
