/**
 * A person or a program starts a run. The run's id is its key; a logical date is an attribute
 * (T10).
 */
import { type RunId, runId } from '../../base/brand.ts';
import { fail, ok, type Result } from '../../base/result.ts';
import type { Command, CommandReply } from '../../model/command.ts';
import type { DagSpec, ParamSpec, ParamValue } from '../../model/dag.ts';
import { runFact } from '../../model/fact.ts';
import { limits } from '../../model/limits.ts';
import { type Refusal, refusal } from '../../model/refusal.ts';
import type { Turn } from '../turn.ts';

type StartRun = Extract<Command, { readonly kind: 'start-run' }>;

export function startRun(
  turn: Turn,
  command: StartRun,
  context: { readonly by: string; readonly runHasEnded: boolean },
): Result<CommandReply, Refusal> {
  const { namespace, dagId } = command;
  const dag = turn.state.dag(namespace, dagId);
  const version = dag && turn.state.version(namespace, dagId, dag.versionId);
  if (dag === undefined || version === undefined) {
    return fail(refusal('DAG_NOT_FOUND', `there is no DAG ${dagId} in namespace ${namespace}`));
  }
  const params = resolveParams(version.spec, command.params);
  if (!params.ok) return params;
  if (turn.state.count('run') >= limits.liveRuns) {
    const detail = `${limits.liveRuns} runs have not ended yet; wait for some of them`;
    return fail(refusal('OVERLOADED', detail));
  }
  const id: RunId = command.runId ?? runId(turn.generateId('manual'));
  const isTaken =
    context.runHasEnded ||
    turn.state.run(namespace, id) !== undefined ||
    turn.state.endedLately(namespace, id) !== undefined;
  if (isTaken) return fail(refusal('RUN_EXISTS', `there is a run ${id} already`));
  turn.emit(
    runFact({
      namespace,
      runId: id,
      dagId,
      versionId: dag.versionId,
      logicalDate: command.logicalDate,
      trigger: 'manual',
      params: params.value,
      priority: command.priority ?? version.spec.priority,
      createdAt: turn.at,
      createdBy: context.by,
      generation: 1,
      status: 'queued',
    }),
  );
  return ok({ kind: 'run-started', runId: id });
}

/** Given params over defaults; every one checked against its declaration. */
export function resolveParams(
  spec: DagSpec,
  given: Readonly<Record<string, ParamValue>>,
): Result<Readonly<Record<string, ParamValue>>, Refusal> {
  const resolved: Record<string, ParamValue> = {};
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(spec.params, name)) {
      const known = Object.keys(spec.params).join(', ') || 'none';
      return fail(refusal('PARAM_INVALID', `unknown param ${name}; the DAG declares: ${known}`));
    }
  }
  for (const [name, declared] of Object.entries(spec.params)) {
    const value = (Object.hasOwn(given, name) ? given[name] : undefined) ?? declared.default;
    if (value === null) return fail(refusal('PARAM_INVALID', `param ${name} must be given`));
    const wrong = mismatch(declared, value);
    if (wrong !== undefined) return fail(refusal('PARAM_INVALID', `param ${name} ${wrong}`));
    resolved[name] = value;
  }
  return ok(resolved);
}

function mismatch(declared: ParamSpec, value: ParamValue): string | undefined {
  const expected = declared.type === 'integer' ? 'number' : declared.type;
  const isWrong =
    typeof value !== expected || (declared.type === 'integer' && !Number.isInteger(value));
  if (isWrong) return `must be of type ${declared.type}, not ${JSON.stringify(value)}`;
  if (declared.enum !== null && !declared.enum.includes(value)) {
    return `must be one of ${declared.enum.join(', ')}, not ${JSON.stringify(value)}`;
  }
  return undefined;
}
