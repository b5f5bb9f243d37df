/** The connections that an attempt is given: those that its task names, as they are now, sealed. */
import type { Namespace } from '../base/brand.ts';
import type { GivenConnection } from '../model/connection.ts';
import type { TaskAction, TaskSpec } from '../model/dag.ts';
import type { ReadonlyState } from '../model/readonly-state.ts';

/** By name; null where there is no such connection. Undefined for the many that name none. */
export function givenConnections(
  state: ReadonlyState,
  namespace: Namespace,
  { action, connections = [] }: TaskSpec,
): Readonly<Record<string, GivenConnection | null>> | undefined {
  const names = [...connectionsIn(action), ...connections];
  if (names.length === 0) return undefined;
  return Object.fromEntries(
    names.map((name) => {
      const row = state.named('connection', namespace, name);
      if (row === undefined) return [name, null];
      const { kind, fields, secrets } = row;
      return [name, { namespace, name, kind, fields, secrets }];
    }),
  );
}

/** Those that the work itself is done with. */
function connectionsIn(action: TaskAction): readonly string[] {
  switch (action.kind) {
    case 'sql':
    case 'email':
    case 'notify':
      return [action.connection];
    case 'http':
      return action.auth?.kind === 'connection' ? [action.auth.name] : [];
    default:
      return [];
  }
}
