/** What a graph shows, whatever it is a graph of. */

export interface GraphNode {
  readonly id: string;
  /** Unless given: the id. */
  readonly label?: string;
  /** The kind of action: `shell`, `sql`… */
  readonly kind?: string;
  /** The innermost group that it stands in. */
  readonly group?: string | null;
}

export interface GraphEdge {
  readonly from: string;
  readonly to: string;
}

export interface GraphGroup {
  readonly id: string;
  readonly label?: string;
  readonly parent: string | null;
}

/** How a node (or a folded group) looks right now. */
export interface NodeLook {
  /** A state of runs and tasks; none: a plain node, as in an editor. */
  readonly state?: string | undefined;
  /** A second line in place of the kind: `1m20s`, `12 of 40`. */
  readonly detail?: string | undefined;
  /** In the corner, with what it means: `×3`, `3 attempts`. */
  readonly badge?: { readonly text: string; readonly title: string } | undefined;
  /** Why it waits: shown as a sign of its own. */
  readonly waits?: string | undefined;
  readonly isCritical?: boolean | undefined;
  readonly isDim?: boolean | undefined;
  /** How many of each state: of a folded group and of a mapped task. */
  readonly counts?: Readonly<Partial<Record<string, number>>> | undefined;
  /** Something is wrong with it: in an editor. */
  readonly problem?: string | undefined;
}

export const nodeSize = { width: 196, height: 46 } as const;
export const foldedSize = { width: 196, height: 58 } as const;

/** Whether two looks are the same to the eye. */
export function sameLook(left: NodeLook, right: NodeLook): boolean {
  return (
    left.state === right.state &&
    left.detail === right.detail &&
    left.waits === right.waits &&
    left.isCritical === right.isCritical &&
    left.isDim === right.isDim &&
    left.problem === right.problem &&
    left.badge?.text === right.badge?.text &&
    left.badge?.title === right.badge?.title &&
    sameCounts(left.counts, right.counts)
  );
}

function sameCounts(left: NodeLook['counts'] = {}, right: NodeLook['counts'] = {}): boolean {
  const names = Object.keys(left);
  return (
    names.length === Object.keys(right).length && names.every((name) => left[name] === right[name])
  );
}
