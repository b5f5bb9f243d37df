/** What a graph of tasks is told, and what it tells. */
import type { ReactNode } from 'react';
import type { Point } from './layout.ts';
import type { GraphEdge, GraphGroup, GraphNode, NodeLook } from './model.ts';

export interface DagGraphProps {
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
  readonly groups?: readonly GraphGroup[];
  /** Ids of groups that are shown as one node. */
  readonly folded?: ReadonlySet<string>;
  readonly onFold?: (group: string) => void;
  readonly selected?: string | null;
  readonly onSelect?: (id: string | null) => void;
  /** Enter, or a double click. */
  readonly onNodeActivate?: (id: string) => void;
  /** Also asked for folded groups. */
  readonly decorate?: (id: string) => NodeLook;
  /** Pixels, or any CSS length. */
  readonly height?: number | string;
  /** Shown on top, at the left. */
  readonly children?: ReactNode;
  /** Nodes can be moved, connected and deleted. */
  readonly editable?: boolean;
  readonly onConnect?: (from: string, to: string) => void;
  readonly onDisconnect?: (from: string, to: string) => void;
  readonly onDelete?: (ids: readonly string[]) => void;
  /** Where a person has put nodes; others stand where the layout puts them. */
  readonly positions?: ReadonlyMap<string, Point>;
  readonly onMove?: (id: string, to: Point) => void;
  /** Something with this media type was dropped on the graph: its text, and where. */
  readonly dropType?: string;
  readonly onDropped?: (text: string, at: Point) => void;
}
