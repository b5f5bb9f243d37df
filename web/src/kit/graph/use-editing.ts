/** What people do to a graph that can be edited, as words of a DAG: connect, part, delete, move. */
import type { Connection, Edge, NodeChange } from '@xyflow/react';
import { useMemo, useState } from 'react';
import type { Layout, Point } from './layout.ts';
import type { DagGraphProps } from './props.ts';
import type { FlowNode } from './use-flow-nodes.ts';

const deleteKeys = ['Delete', 'Backspace'];

export function useEditing(props: DagGraphProps, layout: Layout, nodes: FlowNode[]) {
  const { editable = false, positions } = props;
  const [dragged, setDragged] = useState<ReadonlyMap<string, Point>>(new Map());
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const moved = useMemo(() => {
    if (!editable) return nodes;
    return nodes.map((node) => {
      const position = dragged.get(node.id) ?? positions?.get(node.id);
      return position === undefined ? node : { ...node, position };
    });
  }, [editable, nodes, dragged, positions]);
  const edges = useMemo<Edge[]>(() => {
    if (!editable) return [];
    return layout.edges.map(({ from, to }) => {
      const id = `${from}\n${to}`;
      return { id, source: from, target: to, selected: chosen.has(id), focusable: true };
    });
  }, [editable, layout, chosen]);
  if (!editable) return { nodes: moved, edges, handlers: {} };
  return { nodes: moved, edges, handlers: handlersOf(props, setDragged, setChosen) };
}

function handlersOf(
  props: DagGraphProps,
  setDragged: (change: (before: ReadonlyMap<string, Point>) => ReadonlyMap<string, Point>) => void,
  setChosen: (chosen: ReadonlySet<string>) => void,
) {
  return {
    deleteKeyCode: deleteKeys,
    onNodesChange: (changes: NodeChange<FlowNode>[]): void => {
      for (const change of changes) {
        if (change.type !== 'position' || change.position === undefined) continue;
        const { id, position } = change;
        setDragged((before) => new Map(before).set(id, position));
      }
    },
    onNodeDragStop: (_: unknown, node: FlowNode): void => {
      props.onMove?.(node.id, node.position);
      if (props.positions === undefined) return;
      setDragged((before) => {
        const rest = new Map(before);
        rest.delete(node.id);
        return rest;
      });
    },
    onConnect: ({ source, target }: Connection): void => {
      if (source !== target) props.onConnect?.(source, target);
    },
    onEdgeClick: (_: unknown, { id }: Edge): void => setChosen(new Set([id])),
    onEdgesDelete: (edges: Edge[]): void => {
      for (const { source, target } of edges) props.onDisconnect?.(source, target);
    },
    onNodesDelete: (nodes: FlowNode[]): void => {
      props.onDelete?.(nodes.filter(({ type }) => type === 'task').map(({ id }) => id));
    },
  };
}
