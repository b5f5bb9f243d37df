/**
 * A large graph from far away, and its map in the corner: one path for each state, however many
 * nodes. Nobody could read names there, and thousands of boxes take their time.
 */
import { useReactFlow, useStore, ViewportPortal } from '@xyflow/react';
import { memo, type PointerEvent, useRef } from 'react';
import { stateColor } from '../state.tsx';
import type { Box, Layout } from './layout.ts';
import type { NodeLook } from './model.ts';

interface BlocksProps {
  readonly layout: Layout;
  readonly decorate: (id: string) => NodeLook;
  readonly selected: string | null;
}

const rectOf = ({ x, y, width, height }: Box): string => `M${x} ${y}h${width}v${height}h${-width}z`;

function pathsOf({ layout, decorate }: BlocksProps): ReadonlyMap<string, string> {
  const paths = new Map<string, string>();
  for (const node of layout.nodes) {
    const state = decorate(node.id).state ?? 'pending';
    paths.set(state, (paths.get(state) ?? '') + rectOf(node));
  }
  return paths;
}

function Blocks(props: BlocksProps) {
  const { layout, selected } = props;
  const own = layout.nodes.find(({ id }) => id === selected);
  return (
    <>
      {layout.groups.map((group) => (
        <path key={group.id} className="skein-block-frame" d={rectOf(group)} />
      ))}
      {[...pathsOf(props)].map(([state, path]) => (
        <path key={state} d={path} fill={stateColor(state)} />
      ))}
      {own !== undefined && <path className="skein-block-chosen" d={rectOf(own)} />}
    </>
  );
}

export const FarNodes = memo(function FarNodes(props: BlocksProps) {
  return (
    <ViewportPortal>
      <svg className="skein-graph-blocks" width="1" height="1" aria-hidden="true">
        <Blocks {...props} />
      </svg>
    </ViewportPortal>
  );
});

/** The node at a place of the graph. */
export const nodeAt = ({ nodes }: Layout, { x, y }: { readonly x: number; readonly y: number }) =>
  nodes.find(
    (node) => x >= node.x && x <= node.x + node.width && y >= node.y && y <= node.y + node.height,
  );

const mapWidth = 160;
const mapHeights = { least: 28, most: 96 } as const;

/** All of the graph in small, and which part of it is in view: a click goes there. */
export function GraphMap(props: BlocksProps) {
  const { width, height } = props.layout;
  const pressed = useRef(false);
  const { setCenter, getZoom } = useReactFlow();
  const { least, most } = mapHeights;
  const mapHeight = Math.min(most, Math.max(least, (mapWidth * height) / Math.max(1, width)));
  const scale = Math.min(mapWidth / Math.max(1, width), mapHeight / Math.max(1, height));
  const go = (event: PointerEvent<SVGSVGElement>): void => {
    if (!pressed.current) return;
    const box = event.currentTarget.getBoundingClientRect();
    const x = (event.clientX - box.left - (box.width - width * scale) / 2) / scale;
    const y = (event.clientY - box.top - (box.height - height * scale) / 2) / scale;
    void setCenter(x, y, { zoom: getZoom() });
  };
  return (
    <svg
      className="skein-graph-map"
      viewBox={`0 0 ${width} ${height}`}
      width={mapWidth}
      height={mapHeight}
      aria-hidden="true"
      onPointerDown={(event) => {
        pressed.current = true;
        event.currentTarget.setPointerCapture(event.pointerId);
        go(event);
      }}
      onPointerMove={go}
      onPointerUp={() => {
        pressed.current = false;
      }}
    >
      <MapBlocks {...props} />
      <InView />
    </svg>
  );
}

const MapBlocks = memo(Blocks);

function InView() {
  const [x, y, zoom] = useStore((state) => state.transform);
  const width = useStore((state) => state.width);
  const height = useStore((state) => state.height);
  return (
    <rect
      className="skein-block-view"
      x={-x / zoom}
      y={-y / zoom}
      width={width / zoom}
      height={height / zoom}
    />
  );
}
