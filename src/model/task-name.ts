/**
 * Names of tasks inside groups. A task `extract` of a group `load` has the id `load.extract`;
 * inside of the group it is called `extract`, in `dependsOn`, in expressions and in templates.
 */

/**
 * The id that a name means to those who stand in `group` (`load.inner`; null outside of all): first
 * a sibling, then outwards. Undefined where nothing of that name `exists`.
 */
export function meaningOf(
  name: string,
  group: string | null,
  exists: (id: string) => boolean,
): string | undefined {
  for (let around = group; around !== null; around = outerGroup(around)) {
    const id = `${around}.${name}`;
    if (exists(id)) return id;
  }
  return exists(name) ? name : undefined;
}

/** All names that mean something in `group`: every id, and the short names of what is near. */
export function namesWithin(group: string | null, ids: readonly string[]): readonly string[] {
  const names = new Set(ids);
  for (let around = group; around !== null; around = outerGroup(around)) {
    const prefix = `${around}.`;
    for (const id of ids) if (id.startsWith(prefix)) names.add(id.slice(prefix.length));
  }
  return [...names];
}

/** `load.inner` -> `load` -> null. */
export function outerGroup(group: string): string | null {
  const dot = group.lastIndexOf('.');
  return dot === -1 ? null : group.slice(0, dot);
}
