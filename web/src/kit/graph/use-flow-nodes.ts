/** The nodes as the drawing library wants them; one that looks the same stays the same object. */
import { Position } from '@xyflow/react';
import { useMemo, useRef } from 'react';
import { type FrameNode, framePrefix, type TaskNode } from './graph-node.tsx';
import type { Layout, PlacedGroup, PlacedNode } from './layout.ts';
import { type GraphGroup, type GraphNode, type NodeLook, sameLook } from './model.ts';

export type FlowNode = TaskNode | FrameNode;

interface Wanted {
  readonly layout: Layout;
  readonly nodes: readonly GraphNode[];
  readonly groups: readonly GraphGroup[];
  readonly selected: string | null;
  readonly decorate: (id: string) => NodeLook;
  readonly editable: boolean;
}

export function useFlowNodes(wanted: Wanted): FlowNode[] {
  const { layout, nodes, groups, selected, decorate, editable } = wanted;
  const known = useRef(new Map<string, TaskNode>());
  const frames = useMemo(() => {
    const names = new Map(groups.map(({ id, label = id }) => [id, label]));
    return layout.groups.map((group) => frameOf(group, names.get(group.id) ?? group.id));
  }, [layout, groups]);
  const about = useMemo(
    () => ({
      nodes: new Map(nodes.map((node) => [node.id, node])),
      groups: new Map(groups.map((group) => [group.id, group])),
    }),
    [nodes, groups],
  );
  return useMemo(() => {
    const before = known.current;
    const now = new Map<string, TaskNode>();
    for (const placed of layout.nodes) {
      const { id, isGroup } = placed;
      const own = isGroup ? about.groups.get(id) : about.nodes.get(id);
      const kind = about.nodes.get(id)?.kind ?? '';
      const data = {
        ...{ label: own?.label ?? id, kind, look: decorate(id), isGroup },
        ...{ isSelected: id === selected, isEditable: editable },
      };
      const old = before.get(id);
      now.set(id, old !== undefined && isSame(old, placed, data) ? old : taskNode(placed, data));
    }
    known.current = now;
    return [...frames, ...now.values()];
  }, [layout, frames, about, decorate, selected, editable]);
}

function isSame(old: TaskNode, placed: PlacedNode, data: TaskNode['data']): boolean {
  return (
    old.position.x === placed.x &&
    old.position.y === placed.y &&
    old.data.label === data.label &&
    old.data.kind === data.kind &&
    old.data.isGroup === data.isGroup &&
    old.data.isSelected === data.isSelected &&
    old.data.isEditable === data.isEditable &&
    sameLook(old.data.look, data.look)
  );
}

/** With its size and its handles, so that nothing has to be measured. */
function taskNode({ id, x, y, width, height }: PlacedNode, data: TaskNode['data']): TaskNode {
  const side = (type: 'source' | 'target', left: number, position: Position) => ({
    ...{ type, position, x: left, y: height / 2, width: 1, height: 1 },
  });
  return {
    ...{ id, type: 'task', position: { x, y }, width, height, data },
    handles: [side('target', 0, Position.Left), side('source', width, Position.Right)],
    selected: data.isSelected,
    deletable: data.isEditable && !data.isGroup,
  };
}

function frameOf({ id, x, y, width, height, depth }: PlacedGroup, label: string): FrameNode {
  return {
    ...{ id: `${framePrefix}${id}`, type: 'frame', position: { x, y }, width, height },
    ...{ data: { label }, zIndex: -10 + depth, handles: [] },
    ...{ draggable: false, selectable: false, connectable: false, deletable: false },
    style: { pointerEvents: 'none' },
  };
}
