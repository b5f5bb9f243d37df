/** The graph of the text: what is added, connected, parted or deleted here is so in the text. */
import { Badge, Group, Text, UnstyledButton } from '@mantine/core';
import { useCallback, useMemo, useState } from 'react';
import { DagGraph, type NodeLook } from '../../kit/graph/dag-graph.tsx';
import { useWords } from '../../kit/words.ts';
import type { TextFinding } from './code.tsx';
import {
  addTask,
  connectTasks,
  deleteTasks,
  disconnectTasks,
  freeName,
  type TextModel,
} from './dag-text.ts';
import { isTaskType, type NewTask, newTasks, taskTypes } from './task-types.ts';
import { edgesOf } from './text-graph.ts';
import { editorWords } from './words.ts';

interface CanvasProps {
  readonly model: TextModel;
  readonly text: string;
  readonly findings: readonly TextFinding[];
  readonly selected: string | null;
  readonly onSelect: (id: string | null) => void;
  readonly onEdit: (text: string | undefined) => void;
}

const dropType = 'application/x-skein-task';

interface Point {
  readonly x: number;
  readonly y: number;
}

export function Canvas({ model, text, findings, selected, onSelect, onEdit }: CanvasProps) {
  const [positions, setPositions] = useState<ReadonlyMap<string, Point>>(new Map());
  const graph = useStructure(model);
  const problems = useMemo(() => problemsOf(model, findings), [model, findings]);
  const decorate = useCallback(
    (id: string): NodeLook => ({ problem: problems.get(id) }),
    [problems],
  );
  const add = (type: string, at?: Point): void => {
    if (!isTaskType(type)) return;
    const name = freeName(model, type);
    onEdit(addTask(text, name, newTasks[type]));
    if (at !== undefined) setPositions((before) => new Map(before).set(name, at));
    onSelect(name);
  };
  return (
    <>
      <Types onAdd={add} />
      <div className="skein-editor-canvas">
        <DagGraph
          {...graph}
          editable
          height="100%"
          selected={selected}
          onSelect={onSelect}
          decorate={decorate}
          positions={positions}
          onMove={(id, to) => setPositions((before) => new Map(before).set(id, to))}
          onConnect={(from, to) => onEdit(connectTasks(text, from, to))}
          onDisconnect={(from, to) => onEdit(disconnectTasks(text, from, to))}
          onDelete={(ids) => onEdit(deleteTasks(text, ids))}
          dropType={dropType}
          onDropped={add}
        />
      </div>
    </>
  );
}

/** The same lists while the structure is the same, so that nothing is laid out anew. */
function useStructure(model: TextModel) {
  const key = JSON.stringify([
    model.tasks.map(({ id, type, group }) => [id, type, group]),
    model.groups.map(({ id }) => id),
    edgesOf(model),
  ]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key stands for the model.
  return useMemo(
    () => ({
      nodes: model.tasks.map(({ id, type, group }) => ({
        ...{ id, group, kind: type },
        label: group === null ? id : id.slice(group.length + 1),
      })),
      edges: edgesOf(model),
      groups: model.groups.map(({ id, group }) => ({ id, parent: group })),
    }),
    [key],
  );
}

function problemsOf(
  { tasks }: TextModel,
  findings: readonly TextFinding[],
): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const { id, path } of tasks) {
    const at = path.join('.');
    const mine = findings.find((it) => it.path === at || it.path.startsWith(`${at}.`));
    if (mine !== undefined) found.set(id, mine.message);
  }
  return found;
}

function Types({ onAdd }: { readonly onAdd: (type: NewTask) => void }) {
  const w = useWords(editorWords);
  return (
    <Group gap={4} role="group" aria-label={w.add}>
      <Text size="xs" c="dimmed" title={w.add}>
        +
      </Text>
      {taskTypes.map((type) => (
        <UnstyledButton
          key={type}
          className="skein-editor-type"
          draggable
          title={w.add}
          onClick={() => onAdd(type)}
          onDragStart={(event) => event.dataTransfer.setData(dropType, type)}
        >
          <Badge variant="default" size="sm" tt="none" fw={400} style={{ cursor: 'inherit' }}>
            {type}
          </Badge>
        </UnstyledButton>
      ))}
    </Group>
  );
}
