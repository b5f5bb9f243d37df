/** Every task instance of the run as a list: for who reads rather than looks. */
import { Group, Text, UnstyledButton } from '@mantine/core';
import { useMemo } from 'react';
import { type TaskView, taskStates } from '../../../../src/model/views.ts';
import { useSearchParams } from '../../app/search.ts';
import { FindInput, StatesInput } from '../../kit/filters.tsx';
import { StateLabel } from '../../kit/state.tsx';
import { Duration } from '../../kit/time.tsx';
import { VirtualTable } from '../../kit/virtual-table.tsx';
import { useWords } from '../../kit/words.ts';
import { PlainTime } from './plain-time.tsx';
import { instanceName } from './summary.ts';
import { useRun } from './use-run.ts';
import { runWords } from './words.ts';

const rowHeight = 32;

export default function TasksTab() {
  const w = useWords(runWords);
  const [search] = useSearchParams();
  const { detail } = useRun();
  const words = (search.q ?? '').toLowerCase();
  const shown = useMemo(() => {
    const wanted = new Set(search.states?.split(','));
    return detail.tasks.filter(
      ({ taskId, state }) =>
        (wanted.size === 0 || wanted.has(state)) && taskId.toLowerCase().includes(words),
    );
  }, [detail, search.states, words]);
  return (
    <>
      <Group mb="xs" gap="sm">
        <FindInput label={w.findTask} />
        <StatesInput label={w.state} none={w.anyState} states={taskStates} param="states" />
        <Text size="xs" c="dimmed" ml="auto">
          {w.shownOf(shown.length, detail.tasks.length + detail.tasksLeftOut)}
        </Text>
      </Group>
      <Rows tasks={shown} />
    </>
  );
}

function Rows({ tasks }: { readonly tasks: readonly TaskView[] }) {
  const w = useWords(runWords);
  const [search, change] = useSearchParams();
  return (
    <VirtualTable
      label={w.tasks}
      count={tasks.length}
      rowHeight={rowHeight}
      height="max(360px, calc(100vh - 330px))"
      minWidth={940}
      columns={[
        { id: 'task', name: w.task },
        { id: 'state', name: w.state, width: 150 },
        { id: 'type', name: w.type, width: 90 },
        { id: 'attempts', name: w.attempts, width: 80, right: true },
        { id: 'node', name: w.node, width: 100 },
        { id: 'started', name: w.started, width: 172 },
        { id: 'took', name: w.took, width: 80, right: true },
      ]}
      keyOf={(index) => `${tasks[index]?.taskId}/${tasks[index]?.mapIndex}`}
      isSelected={(index) => {
        const task = tasks[index];
        return (
          task?.taskId === search.task &&
          (task?.map === null || search.map === String(task?.mapIndex))
        );
      }}
      row={(index) => {
        const task = tasks[index];
        return task && <TaskCells task={task} onSelect={() => change(addressOf(task))} />;
      }}
    />
  );
}

const addressOf = ({ taskId, mapIndex, map }: TaskView) => ({
  ...{ task: taskId, map: map === null ? '' : String(mapIndex), attempt: '' },
});

interface TaskCellsProps {
  readonly task: TaskView;
  readonly onSelect: () => void;
}

function TaskCells({ task, onSelect }: TaskCellsProps) {
  return (
    <>
      <td>
        <UnstyledButton fz="sm" className="skein-name" onClick={onSelect}>
          {instanceName(task.taskId, task.mapIndex, task.map !== null)}
        </UnstyledButton>
      </td>
      <td>
        <StateLabel state={task.state} />
      </td>
      <td>{task.type}</td>
      <td data-right="">{task.attempts.length === 0 ? '' : task.attempts.length}</td>
      <td>{task.node ?? ''}</td>
      <td>
        <PlainTime at={task.startedAt} />
      </td>
      <td data-right="">
        <Duration ms={task.durationMs} />
      </td>
    </>
  );
}
