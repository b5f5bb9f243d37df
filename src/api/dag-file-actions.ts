/** What a task does: from the file to the model. */
import { dagId, type TaskId, taskId } from '../base/brand.ts';
import type { AwaitedEvent, LeaderAction, TaskAction } from '../model/dag.ts';
import type { SensorSpec } from '../model/dag-flow.ts';
import { parseInstant } from '../model/instant.ts';
import { functionAction, pythonAction, scriptAction } from './dag-file-code.ts';
import { dockerAction, kubernetesAction } from './dag-file-containers.ts';
import type { DagFileInlineTask } from './dag-file-inline.ts';
import { emailAction, notifyAction } from './dag-file-messages.ts';
import { paramSpecs } from './dag-file-params.ts';
import { httpAction } from './dag-file-request.ts';
import { sqlAction } from './dag-file-sql.ts';
import type { DagFileLeaf } from './dag-file-tasks.ts';

export type Leaf = DagFileLeaf | DagFileInlineTask;
type LeafOf<T extends Leaf['type']> = Extract<Leaf, { readonly type: T }>;
type Branch = Extract<DagFileLeaf, { readonly condition: string }>;

/** Durations between two looks, unless said. */
const lookEveryMsDefault = 30_000;

/** Tasks that a name in `then` or `else` stands for. */
export type Follow = (names: readonly string[]) => readonly TaskId[];

export function taskAction(task: Leaf, children: ChildNames): TaskAction {
  switch (task.type) {
    case 'noop':
      return { kind: 'noop' };
    case 'shell':
      return { kind: 'shell', command: task.command };
    case 'script':
      return scriptAction(task);
    case 'python':
      return pythonAction(task);
    case 'function':
      return functionAction(task);
    case 'http':
      return httpAction(task);
    case 'docker':
      return dockerAction(task);
    case 'kubernetes':
      return kubernetesAction(task);
    case 'sql':
      return sqlAction(task);
    case 'email':
      return emailAction(task);
    case 'notify':
      return notifyAction(task);
    case 'branch':
    case 'conditional':
      return branchAction(task, children);
    case 'wait':
      return {
        kind: 'wait',
        forMs: task.for ?? null,
        until: untilText(task.until),
        ...(task.timezone === undefined ? {} : { timezone: task.timezone }),
      };
    case 'approval':
      return {
        kind: 'approval',
        message: task.message,
        fields: paramSpecs(task.fields),
        onReject: task.onReject ?? 'fail',
        onTimeout: task.onTimeout ?? 'fail',
      };
    case 'subdag':
      return subdagAction(task, true);
    case 'trigger':
      return subdagAction(task, task.wait ?? false);
    case 'sensor':
      return sensorAction(task);
  }
}

/** The children of a branch: what its names stand for, and all of them. */
export interface ChildNames {
  readonly named: Follow;
  readonly all: readonly TaskId[];
}

/** With `else` alone, the others are followed where the condition is true. */
function branchAction(task: Branch, { named, all }: ChildNames): LeaderAction {
  const otherwise = named(task.else ?? []);
  const rest = task.else === undefined ? null : all.filter((id) => !otherwise.includes(id));
  return {
    kind: 'branch',
    condition: task.condition,
    follow: task.then === undefined ? rest : named(task.then),
    otherwise,
    shortCircuit: task.shortCircuit ?? false,
  };
}

/** An instant in one way of writing, so that `Z` and `+00:00` are one version. */
export function untilText(text: string | undefined): string | null {
  if (text === undefined) return null;
  const at = parseInstant(text);
  return at.ok ? new Date(at.value).toISOString() : text;
}

const subdagAction = (
  { dag, params }: LeafOf<'subdag'> | LeafOf<'trigger'>,
  wait: boolean,
): LeaderAction => ({ kind: 'subdag', dagId: dagId(dag), params: params ?? {}, wait });

function sensorAction(task: LeafOf<'sensor'>): TaskAction {
  if (task.file !== undefined) return { kind: 'file', path: task.file };
  if (task.command !== undefined) return { kind: 'shell', command: task.command };
  if (task.http !== undefined) {
    return httpAction(typeof task.http === 'string' ? { url: task.http } : task.http);
  }
  return { kind: 'await', event: awaitedEvent(task), onTimeout: task.onTimeout ?? 'fail' };
}

function awaitedEvent(task: LeafOf<'sensor'>): AwaitedEvent {
  if (task.asset !== undefined) return { kind: 'asset', uri: task.asset };
  if (task.subject !== undefined) {
    return { kind: 'subject', subject: task.subject, filter: task.filter ?? null };
  }
  return {
    kind: 'dag',
    dagId: dagId(task.dag ?? ''),
    states: task.states ?? ['success'],
    sameLogicalDate: task.sameLogicalDate ?? true,
  };
}

/** How a sensor looks; undefined for one that is told. */
export function sensorSpec(task: LeafOf<'sensor'>): SensorSpec | undefined {
  if (task.file === undefined && task.command === undefined && task.http === undefined) {
    return undefined;
  }
  return {
    everyMs: task.every ?? lookEveryMsDefault,
    giveUpMs: task.giveUp ?? null,
    onTimeout: task.onTimeout ?? 'fail',
  };
}

/** Of tasks that do not choose. */
export const noChildren: ChildNames = { named: (names) => names.map(taskId), all: [] };
