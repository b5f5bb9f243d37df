/** The tasks of one run of the grid, as a table. */
import { CloseButton, Group, Stack, Text } from '@mantine/core';
import { useMemo } from 'react';
import { type GridRunView, gridState } from '../../../../src/model/views/grid.ts';
import { Link, runPath, seg } from '../../app/link.tsx';
import { StateLabel } from '../../kit/state.tsx';
import { Duration, Time } from '../../kit/time.tsx';
import { VirtualTable } from '../../kit/virtual-table.tsx';
import { useWords } from '../../kit/words.ts';
import { dagWords } from './words.ts';

interface RunPanelProps {
  readonly run: GridRunView;
  readonly tasks: readonly string[];
  readonly selected: string | undefined;
  readonly onClose: () => void;
}

export function RunPanel({ run, tasks, selected, onClose }: RunPanelProps) {
  const w = useWords(dagWords);
  const own = useMemo(
    () =>
      tasks.flatMap((id, index) => {
        const state = gridState(run.states[index] ?? '.');
        return state === undefined ? [] : [{ id, state, tookMs: run.durationsMs[index] ?? null }];
      }),
    [run, tasks],
  );
  return (
    <Stack gap={6} w={350} flex="none" visibleFrom="md">
      <Group justify="space-between" wrap="nowrap">
        <Link to={runPath(run.runId)} fw={600} size="sm" truncate className="skein-name">
          {run.runId}
        </Link>
        <CloseButton size="sm" aria-label={w.close} onClick={onClose} />
      </Group>
      <Group gap="sm">
        <StateLabel state={run.state} />
        <Text size="xs" c="dimmed">
          <Time at={run.startedAt ?? run.createdAt} />
        </Text>
        <Text size="xs" c="dimmed" className="skein-mono">
          {run.versionId.slice(0, 12)}
        </Text>
      </Group>
      <VirtualTable
        label={run.runId}
        count={own.length}
        rowHeight={30}
        height="calc(100vh - 310px)"
        keyOf={(at) => own[at]?.id ?? ''}
        selectedIndex={own.findIndex(({ id }) => id === selected)}
        isSelected={(at) => own[at]?.id === selected}
        minWidth={0}
        columns={[
          { id: 'task', name: w.task },
          { id: 'state', name: w.state, width: 140 },
          { id: 'took', name: w.took, width: 72, right: true },
        ]}
        row={(at) => {
          const task = own[at];
          if (task === undefined) return null;
          return (
            <>
              <td>
                <Link
                  to={runPath(run.runId, `?task=${seg(task.id)}`)}
                  size="xs"
                  className="skein-name"
                  truncate
                  display="block"
                >
                  {task.id}
                </Link>
              </td>
              <td>
                <StateLabel state={task.state} />
                {run.attempts[task.id] !== undefined && ` ×${run.attempts[task.id]}`}
              </td>
              <td data-right="">
                <Duration ms={task.tookMs} />
              </td>
            </>
          );
        }}
      />
    </Stack>
  );
}
