/**
 * A graph of tasks: to look at, with states that change while it is shown, or to edit, with handles
 * to connect. Structure (`nodes`, `edges`, `groups`) is laid out anew when it changes, so keep it
 * while it is the same; `decorate` may change with every fact, and only nodes that look different
 * are drawn again.
 */
import '@xyflow/react/dist/base.css';
import './graph.css';
import { ActionIcon, Text, VisuallyHidden } from '@mantine/core';
import { ReactFlow, ReactFlowProvider, useReactFlow, useStore } from '@xyflow/react';
import {
  type DragEvent,
  type KeyboardEvent,
  useCallback,
  useEffect,
  useMemo,
  useRef,
  useState,
} from 'react';
import { Icon, type IconName } from '../icons.tsx';
import { useWords } from '../words.ts';
import { FarNodes, GraphMap, nodeAt } from './graph-blocks.tsx';
import { GraphLines } from './graph-lines.tsx';
import { FoldContext, Frame, TaskBox } from './graph-node.tsx';
import { type Layout, layoutOf, type PlacedEdge } from './layout.ts';
import { foldedSize, type GraphGroup, type NodeLook, nodeSize } from './model.ts';
import type { DagGraphProps } from './props.ts';
import { useEditing } from './use-editing.ts';
import { type FlowNode, useFlowNodes } from './use-flow-nodes.ts';
import { directionOf, nextNode } from './walk.ts';
import { graphWords } from './words.ts';

export type { GraphEdge, GraphGroup, GraphNode, NodeLook } from './model.ts';

const nodeTypes = { task: TaskBox, frame: Frame };
const plain: NodeLook = {};
const noLook = (): NodeLook => plain;
const noGroups: readonly GraphGroup[] = [];
const noNodes: FlowNode[] = [];
const nothingFolded: ReadonlySet<string> = new Set();
/** Below this zoom names cannot be read. */
const farZoom = 0.42;
/** A graph with more nodes draws only what is in view, and blocks from far away. */
const drawnAllMax = 150;
/** Around the graph, in pixels. */
const margin = 24;
/** Below this zoom even blocks are hard to tell apart. */
const readable = 0.12;
/** With fewer nodes one sees all of them anyway. */
const mapFrom = 12;

export function DagGraph(props: DagGraphProps) {
  return (
    <ReactFlowProvider>
      <Flow {...props} />
    </ReactFlowProvider>
  );
}

function useLayout({ nodes, edges, groups = noGroups, folded = nothingFolded }: DagGraphProps) {
  return useMemo(
    () =>
      layoutOf({
        nodes: nodes.map(({ id, group }) => ({ id, group, ...nodeSize })),
        edges,
        groups: groups.map(({ id, parent }) => ({
          ...{ id, parent, folded: folded.has(id) ? foldedSize : null },
        })),
      }),
    [nodes, edges, groups, folded],
  );
}

function Flow(props: DagGraphProps) {
  const { nodes, groups = noGroups, selected = null, decorate = noLook, editable = false } = props;
  const w = useWords(graphWords);
  const box = useRef<HTMLElement>(null);
  const layout = useLayout(props);
  const flowNodes = useFlowNodes({ layout, nodes, groups, selected, decorate, editable });
  const isFit = useFit(layout, editable);
  const isLarge = flowNodes.length > drawnAllMax && !editable;
  const isSmall = useStore((state) => state.transform[2] < farZoom);
  // Until the place is known nothing is drawn that would be drawn again at once.
  const isFar = isLarge && (isSmall || !isFit);
  const edit = useEditing(props, layout, isFar ? noNodes : flowNodes);
  const flow = useReactFlow();
  const onKeyDown = useKeys(props, layout, box);
  const drop = (event: DragEvent): void => {
    const text = event.dataTransfer.getData(props.dropType ?? '');
    if (text === '') return;
    event.preventDefault();
    props.onDropped?.(text, flow.screenToFlowPosition({ x: event.clientX, y: event.clientY }));
  };
  return (
    <FoldContext value={props.onFold}>
      <section
        ref={box}
        className="skein-graph"
        style={{ height: props.height ?? 480 }}
        aria-label={w.graph}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: the arrow keys walk through it.
        tabIndex={0}
        onKeyDown={onKeyDown}
        onDragOver={(event) => props.dropType !== undefined && event.preventDefault()}
        onDrop={drop}
      >
        <ReactFlow<FlowNode>
          nodes={edit.nodes}
          edges={edit.edges}
          nodeTypes={nodeTypes}
          onNodeClick={(_, { id, type }) => type === 'task' && props.onSelect?.(id)}
          onNodeDoubleClick={(_, { id, data }) =>
            data.isGroup === true ? props.onFold?.(id) : props.onNodeActivate?.(id)
          }
          onPaneClick={({ clientX, clientY }) => {
            const at = flow.screenToFlowPosition({ x: clientX, y: clientY });
            props.onSelect?.((isFar ? nodeAt(layout, at)?.id : undefined) ?? null);
          }}
          minZoom={0.04}
          maxZoom={1.6}
          nodesDraggable={editable}
          nodesConnectable={editable}
          nodesFocusable={false}
          edgesFocusable={editable}
          elementsSelectable={editable}
          zoomOnDoubleClick={false}
          disableKeyboardA11y
          onlyRenderVisibleElements={isLarge}
          {...edit.handlers}
        >
          {!editable && <Lines layout={layout} selected={selected} decorate={decorate} />}
          {isFar && <FarNodes {...{ layout, decorate, selected }} />}
        </ReactFlow>
        {layout.nodes.length > mapFrom && <GraphMap {...{ layout, decorate, selected }} />}
        <Tools layout={layout} />
        {props.children}
        {nodes.length === 0 && (
          <Text c="dimmed" pos="absolute" top="45%" w="100%" ta="center">
            {w.nothing}
          </Text>
        )}
        <VisuallyHidden aria-live="polite">
          {selected === null ? '' : `${selected} ${decorate(selected).state ?? ''}`}
        </VisuallyHidden>
      </section>
    </FoldContext>
  );
}

interface LinesProps {
  readonly layout: Layout;
  readonly selected: string | null;
  readonly decorate: (id: string) => NodeLook;
}

function Lines({ layout, selected, decorate }: LinesProps) {
  const isFlowing = useCallback(
    ({ to }: PlacedEdge): boolean => decorate(to).state === 'running',
    [decorate],
  );
  const isCritical = useCallback(
    ({ from, to }: PlacedEdge): boolean =>
      decorate(from).isCritical === true && decorate(to).isCritical === true,
    [decorate],
  );
  return <GraphLines {...{ selected, isFlowing, isCritical }} edges={layout.edges} />;
}

/** Shows all of the graph; one that is far too wide for that begins at its left end, readable. */
function useShowAll({ width, height }: Layout) {
  const { setViewport } = useReactFlow();
  const paneWidth = useStore((state) => state.width);
  const paneHeight = useStore((state) => state.height);
  return useCallback(
    (isWhole: boolean): boolean => {
      if (paneWidth === 0 || paneHeight === 0) return false;
      const all = Math.min(1, paneWidth / (width + 2 * margin), paneHeight / (height + 2 * margin));
      const isTooFar = all < readable && width > 8_000 && !isWhole;
      const zoom = isTooFar ? Math.max(0.3, Math.min(0.8, paneHeight / (height + 120))) : all;
      const x = isTooFar ? margin : (paneWidth - width * zoom) / 2;
      void setViewport({ x, y: (paneHeight - height * zoom) / 2, zoom });
      return true;
    },
    [width, height, paneWidth, paneHeight, setViewport],
  );
}

/** When it comes, and when its structure becomes another; says whether it has. */
function useFit(layout: Layout, editable: boolean): boolean {
  const { width, height } = layout;
  const showAll = useShowAll(layout);
  const shown = useRef('');
  const [isFit, setFit] = useState(false);
  useEffect(() => {
    const key = editable ? 'once' : `${width}/${height}`;
    if (shown.current === key || !showAll(false)) return;
    shown.current = key;
    setFit(true);
  }, [width, height, editable, showAll]);
  return isFit;
}

function useKeys(
  props: DagGraphProps,
  layout: Layout,
  box: { readonly current: HTMLElement | null },
): (event: KeyboardEvent) => void {
  const { setCenter, getViewport, zoomIn, zoomOut } = useReactFlow();
  const { selected = null, onSelect, onNodeActivate, onFold, folded = nothingFolded } = props;
  const show = (id: string): void => {
    const node = layout.nodes.find((each) => each.id === id);
    const size = box.current?.getBoundingClientRect();
    if (node === undefined || size === undefined) return;
    const { x, y, zoom } = getViewport();
    const [left, top] = [node.x * zoom + x, node.y * zoom + y];
    const isSeen =
      left >= 0 &&
      top >= 0 &&
      left + node.width * zoom <= size.width &&
      top + node.height * zoom <= size.height;
    if (isSeen) return;
    void setCenter(node.x + node.width / 2, node.y + node.height / 2, { zoom, duration: 150 });
  };
  return (event) => {
    if (event.target !== box.current) return;
    const direction = directionOf[event.key];
    if (direction !== undefined) {
      event.preventDefault();
      const next = nextNode(layout, selected, direction);
      if (next === undefined) return;
      onSelect?.(next);
      show(next);
    } else if (event.key === 'Enter' && selected !== null) {
      if (folded.has(selected)) onFold?.(selected);
      else onNodeActivate?.(selected);
    } else if (event.key === 'Escape') onSelect?.(null);
    else if (event.key === '+' || event.key === '=') void zoomIn();
    else if (event.key === '-') void zoomOut();
  };
}

function Tools({ layout }: { readonly layout: Layout }) {
  const w = useWords(graphWords);
  const { zoomIn, zoomOut } = useReactFlow();
  const showAll = useShowAll(layout);
  const tools: readonly [string, IconName, () => unknown][] = [
    [w.zoomIn, 'plus', () => zoomIn()],
    [w.zoomOut, 'minus', () => zoomOut()],
    [w.fit, 'fit', () => showAll(true)],
  ];
  return (
    <ActionIcon.Group className="skein-graph-tools">
      {tools.map(([label, icon, act]) => (
        <ActionIcon key={label} variant="default" aria-label={label} title={label} onClick={act}>
          <Icon name={icon} size={16} />
        </ActionIcon>
      ))}
    </ActionIcon.Group>
  );
}
