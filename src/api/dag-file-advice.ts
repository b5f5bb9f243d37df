/**
 * What is allowed and seldom meant (L011). None of it keeps a DAG from being applied; `skein lint`
 * tells it.
 */
import { taskId } from '../base/brand.ts';
import type { DagSpec, TaskSpec } from '../model/dag.ts';
import { dagFileLimits } from './dag-file-limits.ts';
import type { DagFile } from './dag-file-schema.ts';
import { type Visit, visits } from './dag-file-walk.ts';
import type { Wiring } from './dag-file-wiring.ts';
import type { Path } from './source-document.ts';

export interface Hint {
  readonly path: Path;
  readonly message: string;
}

interface Checked {
  /** Of the DAG. */
  readonly id: string;
  readonly file: DagFile;
  readonly spec: DagSpec;
  readonly wiring: Wiring;
}

/** At most so many that a person can read them. */
export function hintsOn({ id: dag, file, spec, wiring }: Checked): readonly Hint[] {
  const hints: Hint[] = [...dagHints(file, spec), ...circleHints(file, dag)];
  const setups = new Set([...wiring.teardowns.setups.values()].flat());
  for (const visit of visits(file)) {
    const { id, path, task } = visit;
    const made = spec.tasks[taskId(id)];
    if (made === undefined) continue;
    hints.push(...taskHints(visit, made));
    if (task.type !== 'group' && task.setup === true && !setups.has(taskId(id))) {
      hints.push({ path: [...path, 'setup'], message: 'no teardown stands behind this set-up' });
    }
  }
  return hints.slice(0, dagFileLimits.advice);
}

function* dagHints(file: DagFile, spec: DagSpec): Iterable<Hint> {
  const [only, ...others] = Object.values(spec.tasks);
  const isTimed = spec.schedules.length > 0;
  const isBare = only?.retries === 0 && only.timeoutMs === null && spec.timeoutMs === null;
  if (isTimed && others.length === 0 && isBare) {
    const message = 'a lone task on a timer is no more than cron: say `retries` and `timeout`';
    yield { path: ['schedule'], message };
  }
  if (spec.catchUp === null || spec.catchUp.coalesce || !isTimed) return;
  if (datePattern.test(JSON.stringify(spec.tasks))) return;
  const message =
    'runs are made up for, but no task looks at its date: use {{ ds }} or the context';
  yield { path: file.catchup === undefined ? [] : ['catchup'], message };
}

/** Names by which a task learns what its run stands for. */
const datePattern =
  /\bds\b|ds_nodash|\bts\b|ts_nodash|logical_?date|execution_date|data_?interval|SKEIN_CONTEXT/i;

const forEver = 'the DAG starts itself: without a condition that ends it, it goes on for ever';

function* circleHints(file: DagFile, id: string): Iterable<Hint> {
  for (const [place, trigger] of (file.triggers ?? []).entries()) {
    const sources = [trigger, ...(trigger.any ?? []), ...(trigger.all ?? [])];
    if (sources.some(({ dag }) => dag === id)) {
      yield { path: ['triggers', place], message: forEver };
    }
  }
  for (const { path, task } of visits(file)) {
    if (task.type === 'trigger' && task.dag === id) {
      yield { path: [...path, 'dag'], message: forEver };
    }
  }
}

const writes: ReadonlySet<string> = new Set(['POST', 'PATCH']);

function* taskHints(
  { path, task, defaults }: Visit,
  { action, retries }: TaskSpec,
): Iterable<Hint> {
  if (task.type === 'group') return;
  if (task.type === 'sensor' && task.giveUp === undefined) {
    yield { path, message: 'this sensor may wait for ever: say `giveUp`' };
  }
  const isSaid = ('idempotent' in task ? task.idempotent : undefined) ?? defaults.idempotent;
  if (action.kind === 'http' && writes.has(action.method) && retries > 0 && isSaid === undefined) {
    const message = `${action.method} is repeated by retries: say \`idempotent\`, true or false`;
    yield { path, message };
  }
  const rules = 'retryOn' in task ? (task.retryOn ?? task.noRetryOn) : undefined;
  if (rules !== undefined && retries === 0) {
    yield { path, message: 'it says which failures are tried again, and has no `retries`' };
  }
}
