/** What differs between two versions of a DAG: fields of the DAG, tasks, fields of tasks. */
import type { DagSpec } from './dag.ts';

/** A value that differs; undefined where one side does not say it. */
export interface FieldChange {
  /** `action.command`, `params.day.default`. */
  readonly path: string;
  readonly before: unknown;
  readonly after: unknown;
}

export interface VersionDiff {
  readonly fields: readonly FieldChange[];
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly changed: readonly { readonly taskId: string; readonly fields: readonly FieldChange[] }[];
}

export function diffSpecs(before: DagSpec, after: DagSpec): VersionDiff {
  const { tasks: old, ...dagBefore } = before;
  const { tasks: fresh, ...dagAfter } = after;
  const oldTasks = new Map<string, unknown>(Object.entries(old));
  const freshTasks = new Map<string, unknown>(Object.entries(fresh));
  const both = [...oldTasks.keys()].filter((id) => freshTasks.has(id)).sort();
  const changed = both.flatMap((taskId) => {
    const fields = changesOf(oldTasks.get(taskId), freshTasks.get(taskId), '');
    return fields.length === 0 ? [] : [{ taskId, fields }];
  });
  return {
    fields: changesOf(dagBefore, dagAfter, ''),
    added: [...freshTasks.keys()].filter((id) => !oldTasks.has(id)).sort(),
    removed: [...oldTasks.keys()].filter((id) => !freshTasks.has(id)).sort(),
    changed,
  };
}

/** Objects are compared key by key, everything else as a whole. */
function changesOf(before: unknown, after: unknown, path: string): readonly FieldChange[] {
  if (isRecord(before) && isRecord(after)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
    return keys.flatMap((key) =>
      changesOf(before[key], after[key], path === '' ? key : `${path}.${key}`),
    );
  }
  return isSameValue(before, after) ? [] : [{ path, before, after }];
}

/** Whether two plain values are equal, whatever the order of their keys. */
export function isSameValue(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  if (Array.isArray(left) && Array.isArray(right)) {
    return left.length === right.length && left.every((item, at) => isSameValue(item, right[at]));
  }
  if (!isRecord(left) || !isRecord(right)) return false;
  const keys = Object.keys(left);
  return (
    keys.length === Object.keys(right).length &&
    keys.every((key) => Object.hasOwn(right, key) && isSameValue(left[key], right[key]))
  );
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
