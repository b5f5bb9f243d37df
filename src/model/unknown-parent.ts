/** Edges of a definition that lead nowhere. */
import type { DagSpec } from './dag.ts';

export interface UnknownParent {
  readonly taskId: string;
  readonly parent: string;
}

/** Specs are immutable: each is looked through once. */
const known = new WeakMap<DagSpec, { readonly first: UnknownParent | undefined }>();

/** The first dependency on a task that the definition does not have. */
export function unknownParentIn(spec: DagSpec): UnknownParent | undefined {
  const answer = known.get(spec) ?? { first: look(spec) };
  known.set(spec, answer);
  return answer.first;
}

function look({ tasks }: DagSpec): UnknownParent | undefined {
  const ids = new Set(Object.keys(tasks));
  for (const [taskId, { dependsOn }] of Object.entries(tasks)) {
    const parent = dependsOn.find((id) => !ids.has(id));
    if (parent !== undefined) return { taskId, parent };
  }
  return undefined;
}
