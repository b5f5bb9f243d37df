/** Every edge of a graph that is only looked at: a handful of paths, however many edges. */
import { ViewportPortal } from '@xyflow/react';
import { memo, useMemo } from 'react';
import type { PlacedEdge } from './layout.ts';
import { edgePath } from './walk.ts';

type Kind = 'plain' | 'flowing' | 'critical' | 'selected';

interface LinesProps {
  readonly edges: readonly PlacedEdge[];
  readonly selected: string | null;
  /** Whether the state of a node is `running`. */
  readonly isFlowing: (edge: PlacedEdge) => boolean;
  readonly isCritical: (edge: PlacedEdge) => boolean;
}

export const GraphLines = memo(function GraphLines(props: LinesProps) {
  const { edges, selected, isFlowing, isCritical } = props;
  const drawn = useMemo(
    () => edges.map((edge) => ({ edge, path: edgePath(edge.points) })),
    [edges],
  );
  const paths: Record<Kind, string> = { plain: '', flowing: '', critical: '', selected: '' };
  for (const { edge, path } of drawn) {
    const isSelected = edge.from === selected || edge.to === selected;
    const kind = isSelected
      ? 'selected'
      : isFlowing(edge)
        ? 'flowing'
        : isCritical(edge)
          ? 'critical'
          : 'plain';
    paths[kind] += path;
  }
  const kinds: readonly Kind[] = ['plain', 'critical', 'flowing', 'selected'];
  return (
    <ViewportPortal>
      <svg className="skein-graph-lines" width="1" height="1" aria-hidden="true">
        {kinds.map(
          (kind) => paths[kind] !== '' && <path key={kind} data-kind={kind} d={paths[kind]} />,
        )}
      </svg>
    </ViewportPortal>
  );
});
