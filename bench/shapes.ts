/** Definitions of tasks that do nothing: what is left is what Skein itself takes. */

export interface NoopTask {
  readonly type: 'noop';
  readonly dependsOn: readonly string[];
}

export type NoopTasks = Readonly<Record<string, NoopTask>>;

const noop = (dependsOn: readonly string[] = []): NoopTask => ({ type: 'noop', dependsOn });

const several = (count: number, taskOf: (place: number) => NoopTask): NoopTasks =>
  Object.fromEntries(Array.from({ length: count }, (_, place) => [`t${place}`, taskOf(place)]));

export const wideTasks = (width: number): NoopTasks => several(width, () => noop());

export const chainTasks = (length: number): NoopTasks =>
  several(length, (place) => noop(place === 0 ? [] : [`t${place - 1}`]));

/** 1 -> `width` -> 1. */
export const fanTasks = (width: number): NoopTasks => {
  const middle = several(width, () => noop(['first']));
  return { first: noop(), ...middle, last: noop(Object.keys(middle)) };
};

/** How many dependencies there are: each is one edge. */
export const edgesOf = (tasks: NoopTasks): number =>
  Object.values(tasks).reduce((sum, { dependsOn }) => sum + dependsOn.length, 0);
