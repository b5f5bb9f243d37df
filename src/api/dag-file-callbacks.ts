/**
 * Callbacks become tasks of role `hook`: `on.failure.1` of a run, `on.load.retry.1` of a task. They
 * stand outside of the graph, and run as other tasks run: with retries, logs and attempts.
 */
import { dagId, type TaskId, taskId } from '../base/brand.ts';
import type { TaskAction, TaskSpec } from '../model/dag.ts';
import type { HookMoment } from '../model/dag-flow.ts';
import type { DagFileBehaviour } from './dag-file-behaviour.ts';
import type { DagFileHook } from './dag-file-hooks.ts';
import type { PlacingPlace } from './dag-file-placing-specs.ts';
import { httpAction } from './dag-file-request.ts';
import { inlineSpec, type Surroundings } from './dag-file-specs.ts';

/** What a webhook is told unless it has a body of its own. */
const webhookBody = '{{ {"run": run, "cause": trigger} | json }}';
const webhookTimeoutMs = 30_000;
const webhookRetries = { retries: 3, retryDelay: 30_000 };

type Hooks = readonly DagFileHook[] | undefined;

/** All that is said about one task, or about the run. */
export interface Callbacks {
  readonly onSuccess?: Hooks;
  readonly onFailure?: Hooks;
  readonly onRetry?: Hooks;
  readonly onSlaMiss?: Hooks;
  readonly onExit?: Hooks;
}

const moments: readonly (readonly [keyof Callbacks, HookMoment])[] = [
  ['onSuccess', 'success'],
  ['onFailure', 'failure'],
  ['onRetry', 'retry'],
  ['onSlaMiss', 'sla'],
  ['onExit', 'exit'],
];

/** What callbacks are about. */
export interface CallbackSubject {
  /** The task, or null for the run. */
  readonly of: TaskId | null;
  /** The group that the task stands in: names mean the same in its callbacks. */
  readonly group: string | null;
  readonly defaults: DagFileBehaviour;
  /** What it says of places is read against this. */
  readonly placeOf: (id: TaskId) => PlacingPlace;
}

export function callbackTasks(
  callbacks: Callbacks,
  { of, group, defaults, placeOf }: CallbackSubject,
): readonly (readonly [TaskId, TaskSpec])[] {
  return moments.flatMap(([key, on]) =>
    (callbacks[key] ?? []).map((hook, place) => {
      const id = taskId(`on.${of === null ? '' : `${of}.`}${on}.${place + 1}`);
      const role = { kind: 'hook', on, of } as const;
      const made = hookSpec(hook, { defaults, place: placeOf(id) });
      const spec = { ...made, ...(group === null ? {} : { group }), role };
      return [id, spec] as const;
    }),
  );
}

function hookSpec(hook: DagFileHook, around: Pick<Surroundings, 'defaults' | 'place'>): TaskSpec {
  if (hook.task !== undefined) return inlineSpec(hook.task, around);
  // What `defaults` say is for the author's own work.
  const bare = { ...around, defaults: {} };
  if (hook.dag !== undefined) {
    const params = hook.params ?? {};
    return inlineSpec({ type: 'trigger', dag: hook.dag, params }, bare);
  }
  const timeout = hook.timeout ?? webhookTimeoutMs;
  const request = inlineSpec({ type: 'noop', timeout, ...webhookRetries }, bare);
  return { ...request, action: webhookAction(hook) };
}

function webhookAction({ webhook, method = 'POST', headers, body }: DagFileHook): TaskAction {
  const isTyped = Object.keys(headers ?? {}).some((name) => name.toLowerCase() === 'content-type');
  return httpAction({
    url: webhook ?? '',
    method,
    headers: { ...(isTyped ? {} : { 'Content-Type': 'application/json' }), ...headers },
    body: method === 'GET' || method === 'HEAD' ? body : (body ?? webhookBody),
  });
}

/** A DAG that takes over is one that is started by a failure. */
export const failoverHook = (dag: string): DagFileHook => ({ dag: dagId(dag) });
