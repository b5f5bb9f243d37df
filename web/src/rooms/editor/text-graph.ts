/** The graph of a text: groups stand for what is in them, as the node reads it. */
import { meaning, type TextModel } from './dag-text.ts';

export interface TextEdge {
  readonly from: string;
  readonly to: string;
}

/** Edges between tasks; names that mean nothing are left out. */
export function edgesOf(model: TextModel): readonly TextEdge[] {
  const direct: TextEdge[] = [];
  for (const { id, group, dependsOn } of [...model.tasks, ...model.groups]) {
    for (const name of dependsOn) {
      const from = meaning(model, name, group);
      if (from !== undefined && from !== id) direct.push({ from, to: id });
    }
  }
  const isGroup = new Set(model.groups.map(({ id }) => id));
  const ends = (id: string, side: 'from' | 'to'): readonly string[] =>
    isGroup.has(id) ? outermost(model, direct, { group: id, side }) : [id];
  const seen = new Map<string, TextEdge>();
  for (const { from, to } of direct) {
    for (const first of ends(from, 'from')) {
      for (const last of ends(to, 'to')) seen.set(`${first}\n${last}`, { from: first, to: last });
    }
  }
  return [...seen.values()];
}

interface Side {
  readonly group: string;
  /**
   * `from`: tasks behind which nothing of the group comes; `to`: those before which nothing does.
   */
  readonly side: 'from' | 'to';
}

function outermost(
  { tasks }: TextModel,
  direct: readonly TextEdge[],
  { group, side }: Side,
): readonly string[] {
  const inside = tasks.map(({ id }) => id).filter((id) => id.startsWith(`${group}.`));
  const isInside = (id: string): boolean => id.startsWith(`${group}.`);
  const inner = inside.filter(
    (id) =>
      !direct.some(({ from, to }) =>
        side === 'from' ? from === id && isInside(to) : to === id && isInside(from),
      ),
  );
  return inner.length > 0 ? inner : inside;
}
