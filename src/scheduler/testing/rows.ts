/**
 * Rows and inputs for tests, with every default written once, so that a test names what matters.
 */
import {
  dagId,
  incarnation,
  namespace,
  nodeId,
  type RunId,
  requestId,
  runId,
  type TaskId,
  type Token,
  taskId,
  type VersionId,
  versionId,
  type WallMs,
  wallMs,
} from '../../base/brand.ts';
import { hash32 } from '../../base/random.ts';
import type { Command } from '../../model/command.ts';
import type { DagSpec, TaskSpec } from '../../model/dag.ts';
import type { EndedRun } from '../../model/ended-run.ts';
import {
  dagFact,
  type Fact,
  nodeFact,
  runFact,
  scheduleFact,
  versionFact,
} from '../../model/fact.ts';
import type { NodeRow } from '../../model/node.ts';
import type { AttemptId, AttemptReport, CommandRequest } from '../../model/protocol.ts';
import type { RunRow } from '../../model/run.ts';
import { newScheduleRow } from '../../model/schedule.ts';
import { plainSpec, plainTask } from '../../model/testing/plain-specs.ts';
import type { Input } from '../input.ts';

export const here = namespace('default');
export const gateway = nodeId('g1');
/** The wall clock of the first turn of a story. */
export const start = wallMs(Date.UTC(2026, 0, 1));
export const later = (ms: number): WallMs => wallMs(start + ms);

/** A task that asks for one slot and nothing else. */
export const task = plainTask;

/** A task behind others. */
export const behind = (parents: readonly string[], differs: Partial<TaskSpec> = {}): TaskSpec =>
  task({ dependsOn: parents.map(taskId), ...differs });

export const spec = (
  tasks: Readonly<Record<string, TaskSpec>>,
  differs: Partial<DagSpec> = {},
): DagSpec =>
  plainSpec(tasks, {
    // As the reader of DAG files says it.
    ...(JSON.stringify(tasks).includes('{{') ? { templates: true } : {}),
    ...differs,
  });

/** A function of the content, as the API makes it. */
export const versionOf = (content: DagSpec): VersionId =>
  versionId(hash32(JSON.stringify(content)).toString(16));

/** The facts of a DAG that was applied at the start of the story. */
export function dagFacts(name: string, content: DagSpec): readonly Fact[] {
  const whose = { namespace: here, dagId: dagId(name), versionId: versionOf(content) };
  return [
    versionFact({ ...whose, spec: content, createdAt: start, createdBy: 'ada' }),
    scheduleFact(newScheduleRow({ namespace: here, dagId: whose.dagId }, content, start)),
    dagFact({ ...whose, paused: false, createdAt: start, updatedAt: start }),
  ];
}

/** A run of the DAG's content that waits for its turn. */
export const queuedRun = (
  name: string,
  dag: { readonly name: string; readonly content: DagSpec },
): RunRow => ({
  namespace: here,
  runId: runId(name),
  dagId: dagId(dag.name),
  versionId: versionOf(dag.content),
  logicalDate: null,
  trigger: 'manual',
  params: {},
  priority: 0,
  createdAt: start,
  createdBy: 'ada',
  generation: 1,
  status: 'queued',
});

/** The DAG and one running run `r1` of it. */
export const runningRun = (content: DagSpec): readonly Fact[] => [
  ...dagFacts('d', content),
  runFact({ ...queuedRun('r1', { name: 'd', content }), status: 'running', startedAt: start }),
];

export const node = (name: string, differs: Partial<NodeRow> = {}): NodeRow => ({
  nodeId: nodeId(name),
  incarnation: executorOf(name).incarnation,
  capacity: { slots: 4 },
  labels: {},
  address: `http://${name}`,
  status: 'alive',
  since: start,
  ...differs,
});

export const nodes = (...names: readonly string[]): readonly Fact[] =>
  names.map((name) => nodeFact(node(name)));

/** Lives of one executor grow in the order of strings. */
export const executorOf = (name: string, life = 1) => ({
  node: nodeId(name),
  incarnation: incarnation(`${name}-${String(life).padStart(2, '0')}`),
});

let requests = 0;

/** A request of a client; each has its own key unless one is given. */
export function request(command: Command, key?: string): CommandRequest {
  requests += 1;
  return {
    kind: 'command',
    requestId: requestId(key ?? `request-${requests}`),
    bodyDigest: hash32(JSON.stringify(command)).toString(16),
    rememberMs: 86_400_000,
    by: 'ada',
    command,
  };
}

/** A command as an input of the leader. */
export const asks = (
  command: Command,
  more: {
    readonly key?: string;
    readonly copy?: number;
    readonly ended?: EndedRun | null;
  } = {},
): Input => ({
  kind: 'command',
  gateway,
  request: { ...request(command, more.key), copy: more.copy ?? 1 },
  ended: more.ended ?? null,
});

export const applyDag = (name: string, content: DagSpec): Command => ({
  kind: 'apply-dag',
  namespace: here,
  dagId: dagId(name),
  versionId: versionOf(content),
  spec: content,
});

export const startRun = (
  dag: string,
  run: string | null = null,
  more: Partial<Extract<Command, { readonly kind: 'start-run' }>> = {},
): Command => ({
  kind: 'start-run',
  namespace: here,
  dagId: dagId(dag),
  runId: run === null ? null : runId(run),
  logicalDate: null,
  params: {},
  priority: null,
  ...more,
});

export const cancelRun = (run: string): Command => ({
  kind: 'cancel-run',
  namespace: here,
  runId: runId(run),
});

export const rerun = (
  run: string,
  more: Partial<Extract<Command, { readonly kind: 'rerun' }>> = {},
): Command => ({
  kind: 'rerun',
  namespace: here,
  runId: runId(run),
  tasks: null,
  downstream: false,
  failedOnly: false,
  ...more,
});

export const attemptId = (run: RunId, of: TaskId, token: Token, mapIndex = 0): AttemptId => ({
  namespace: here,
  runId: run,
  taskId: of,
  mapIndex,
  token,
});

export const report = (
  id: AttemptId,
  outcome: AttemptReport['outcome'],
  differs: Partial<AttemptReport> = {},
): AttemptReport => ({
  id,
  outcome,
  retryable: true,
  startedAt: start,
  endedAt: start,
  exitCode: outcome === 'success' ? 0 : 1,
  signal: null,
  error: outcome === 'success' ? null : `it was ${outcome}`,
  output: null,
  ...differs,
});
