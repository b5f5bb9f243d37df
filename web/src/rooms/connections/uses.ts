/** Which tasks of a DAG name a connection. */

interface Named {
  readonly connections?: readonly string[] | undefined;
  readonly action: {
    readonly kind: string;
    readonly connection?: string | undefined;
    readonly auth?: { readonly kind: string; readonly name?: string | undefined } | undefined;
  };
}

export function tasksUsing(tasks: Readonly<Record<string, Named>>, name: string): string[] {
  return Object.entries(tasks)
    .filter(([, { connections, action }]) => {
      const isOfAuth = action.auth?.kind === 'connection' && action.auth.name === name;
      return connections?.includes(name) === true || action.connection === name || isOfAuth;
    })
    .map(([id]) => id);
}

/** `name=value` lines; what has no `=` is left out. */
export function pairsOf(text: string): Readonly<Record<string, string>> {
  const pairs = text.split('\n').flatMap((line) => {
    const at = line.indexOf('=');
    return at <= 0 ? [] : [[line.slice(0, at).trim(), line.slice(at + 1)] as const];
  });
  return Object.fromEntries(pairs);
}
