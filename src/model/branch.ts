/**
 * Branches: a task that chooses among its children says so with its output. Pure.
 *
 * The output is the id of a child, a list of ids, `true` (all of them), `false` or null (none), or
 * an object whose `follow` is one of these. The id of a map or a group stands for its tasks.
 */
import type { TaskSpec } from './dag.ts';

/** The children that are followed. */
export type Followed = 'all' | ReadonlySet<string>;

/** What an output says; undefined when it is not the choice of a branch. */
export function followedBy(json: string): Followed | undefined {
  let said: unknown;
  try {
    said = JSON.parse(json);
  } catch {
    return undefined;
  }
  return read(isObject(said) ? said.follow : said);
}

function read(said: unknown): Followed | undefined {
  if (said === true) return 'all';
  if (said === false || said === null) return new Set();
  if (typeof said === 'string') return new Set([said]);
  if (!Array.isArray(said)) return undefined;
  const names: readonly unknown[] = said;
  return names.every((name) => typeof name === 'string') ? new Set(names) : undefined;
}

const isObject = (value: unknown): value is { readonly follow?: unknown } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Whether the output of a task names the children that are followed. */
export const isBranching = (spec: TaskSpec): boolean =>
  spec.action.kind === 'branch' || spec.branches === true;

/** Whether it takes along everything downstream when it follows nobody. */
export const isShortCircuit = ({ action }: TaskSpec): boolean =>
  action.kind === 'branch' && action.shortCircuit;

/** Whether a child was named: by its own id, its map's, or that of a group around it. */
export function isFollowed(
  followed: Followed,
  child: { readonly id: string; readonly spec: TaskSpec | undefined },
): boolean {
  if (followed === 'all' || followed.has(child.id)) return true;
  const { map, group } = child.spec ?? {};
  if (map !== undefined && followed.has(map)) return true;
  if (group === undefined) return false;
  for (const name of followed) if (group === name || group.startsWith(`${name}.`)) return true;
  return false;
}
