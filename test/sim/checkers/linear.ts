/**
 * W31: what the clients asked and what they were told is what one object for each DAG and each run
 * would have said, one request after the other. This oracle knows no log and no index, only the
 * clients' own history; so it also sees what everybody inside agrees upon and is wrong. The log is
 * asked once: for requests that got no answer, whether they took effect.
 */
import { type DagInput, type DagOutput, dagModel } from '../../../cluster/linear/dag-model.ts';
import { dumpText } from '../../../cluster/linear/dump.ts';
import type { History, Operation } from '../../../cluster/linear/history.ts';
import { judge } from '../../../cluster/linear/judge.ts';
import { type RunInput, type RunOutput, runModel } from '../../../cluster/linear/run-model.ts';
import { type Budget, defaultBudget, type Verdict } from '../../../cluster/linear/search.ts';
import type { Result } from '../../../src/base/result.ts';
import type { CommandReply } from '../../../src/model/command.ts';
import { dagKey, runKey } from '../../../src/model/keys.ts';
import type { Refusal } from '../../../src/model/refusal.ts';
import { type Asked, bodyDigestOf } from '../clients.ts';
import type { Scene } from './checker.ts';
import type { DagRead, LinearReads, ReadTimes, RunRead } from './linear-reads.ts';

type DagOperation = Operation<DagInput, DagOutput>;
type RunOperation = Operation<RunInput, RunOutput>;
type Answer = Result<CommandReply, Refusal>;

/** What the clients of one seed have to tell. */
export interface Told {
  readonly asked: readonly Asked[];
  readonly linear: LinearReads;
}

/** Judges every DAG and every run; nothing may be under way any more. */
export function judgeClients(scene: Scene, told: Told): void {
  const { asked, linear } = told;
  for (const each of asked) staysRefused(scene, each);
  // Whoever promotes a version changes the DAG as well.
  const promoted = new Set(
    asked.flatMap(({ command: { kind, ...of } }) =>
      kind === 'promote-version' && 'dagId' in of ? [dagKey(of.namespace, of.dagId)] : [],
    ),
  );
  const dags = [
    ...asked.flatMap((each) => dagAsked(scene, each)),
    ...linear.dags.map(dagRead),
  ].filter(({ key }) => !promoted.has(key));
  for (const judged of judge({ history: dags, modelOf: () => dagModel, budget })) {
    if (!isBroken(scene, judged.verdict)) continue;
    scene.violate('W31', `DAG ${dumpText(judged, dagModel.describe)}`);
  }
  const { unusual } = scene.chronicle;
  const runs = [
    ...asked.flatMap((each) => runAsked(scene, each)),
    ...linear.runs.map(runRead),
  ].filter(({ key }) => !unusual.has(key));
  for (const judged of judge({ history: runs, modelOf: modelOfRun, budget })) {
    if (!isBroken(scene, judged.verdict)) continue;
    scene.violate('W31', `run ${dumpText(judged, modelOfRun('', []).describe)}`);
  }
}

/** About a minute. Where many requests overlap for long there are too many orders to try. */
const budget: Budget = { ...defaultBudget, stepsMax: 50_000_000 };

/** What the search cannot decide is no fault that was found, and no pass: it is counted. */
function isBroken(scene: Scene, { status }: Verdict): boolean {
  if (status === 'unknown') scene.saw('history undecided');
  return status === 'broken';
}

/** P17: a client that asked once and was refused is not surprised later. */
function staysRefused(scene: Scene, { id, command, answer, sent }: Asked): void {
  if (answer === undefined || answer.ok || isConflict(answer) || sent > 1) return;
  const row = scene.chronicle.state.request(id);
  // Somebody else may have used the same key for something else.
  if (!row?.answer.ok || row.bodyDigest !== bodyDigestOf(command)) return;
  scene.violate('P17', `request ${id} was refused (${answer.error.code}) and took effect`);
}

const modelOfRun = (_: string, history: History<RunInput, RunOutput>) =>
  runModel({ madeElsewhere: !history.some(({ input }) => input.kind === 'create') });

/** What came of a request, and the client's part of an operation. */
interface Ended {
  readonly answer: Answer;
  readonly times: {
    readonly client: string;
    readonly call: number;
    readonly return: number | null;
  };
}

/**
 * What the client was told, or else what the log says of its request; undefined if it says nothing.
 * A request that was sent twice may be refused once and then taken: it happened, whenever.
 */
function endOf(scene: Scene, { id, answer, calledMs, answeredMs }: Asked): Ended | undefined {
  const times = { client: id, call: calledMs, return: answeredMs ?? null };
  if (answer?.ok) return { answer: { ok: true, value: answer.value.reply }, times };
  const recorded = scene.chronicle.state.request(id)?.answer;
  if (recorded !== undefined && !isConflict(answer)) {
    return { answer: recorded, times: { ...times, return: null } };
  }
  return answer === undefined ? undefined : { answer, times };
}

/** The key was used for something else; that is what is recorded under it. */
const isConflict = (answer: Asked['answer']): boolean =>
  answer?.ok === false && answer.error.code === 'IDEMPOTENCY_CONFLICT';

function dagAsked(scene: Scene, asked: Asked): readonly DagOperation[] {
  const { command } = asked;
  const ended = endOf(scene, asked);
  const input = dagInput(asked);
  if (input === undefined || ended === undefined || !('dagId' in command)) return [];
  const output = dagOutput(ended.answer);
  if (output === undefined) return [];
  return [{ ...ended.times, key: dagKey(command.namespace, command.dagId), input, output }];
}

function dagInput({ command }: Asked): DagInput | undefined {
  switch (command.kind) {
    case 'apply-dag':
      return { kind: 'apply', versionId: command.versionId };
    case 'pause-dag':
      return { kind: 'pause', paused: command.paused };
    case 'delete-dag':
      return { kind: 'delete' };
    default:
      return undefined;
  }
}

/** Undefined for a refusal that says nothing about the DAG. */
function dagOutput(answer: Answer): DagOutput | undefined {
  if (!answer.ok) return answer.error.code === 'DAG_NOT_FOUND' ? { kind: 'missing' } : undefined;
  const reply = answer.value;
  return reply.kind === 'dag-applied'
    ? { kind: 'applied', outcome: reply.outcome }
    : { kind: 'done' };
}

function runAsked(scene: Scene, asked: Asked): readonly RunOperation[] {
  const { command, id } = asked;
  const ended = endOf(scene, asked);
  const output = ended && runOutput(ended.answer);
  if (ended === undefined || output === undefined) return [];
  const { answer, times } = ended;
  const common = { ...times, output };
  switch (command.kind) {
    case 'start-run': {
      if (!answer.ok || answer.value.kind !== 'run-started') return [];
      const key = runKey(command.namespace, answer.value.runId);
      return [{ ...common, key, input: { kind: 'create', requestId: id } }];
    }
    case 'cancel-run':
      return [{ ...common, key: runKey(command.namespace, command.runId), input: cancel }];
    case 'rerun':
      return [{ ...common, key: runKey(command.namespace, command.runId), input: rerun }];
    default:
      return [];
  }
}

const cancel = { kind: 'cancel' } as const;
const rerun = { kind: 'rerun' } as const;

/** Undefined for a refusal that says nothing about the run. */
function runOutput(answer: Answer): RunOutput | undefined {
  if (answer.ok) return { kind: 'done' };
  switch (answer.error.code) {
    case 'RUN_ENDED':
      return { kind: 'ended' };
    case 'RUN_ACTIVE':
      return { kind: 'active' };
    case 'RUN_NOT_FOUND':
      return { kind: 'missing' };
    case 'RUN_EXISTS':
      return { kind: 'exists' };
    default:
      return undefined;
  }
}

const timesOfRead = ({ node, callMs, returnMs }: ReadTimes) => ({
  client: `reader at ${node}`,
  call: callMs,
  return: returnMs,
  input: { kind: 'get' } as const,
});

function dagRead(read: DagRead): DagOperation {
  const { namespace, dagId } = read.what;
  const output: DagOutput = read.seen === null ? nothing : { kind: 'dag', ...read.seen };
  return { ...timesOfRead(read), key: dagKey(namespace, dagId), output };
}

function runRead(read: RunRead): RunOperation {
  const { namespace, runId } = read.what;
  const output: RunOutput = read.seen === null ? nothing : { kind: 'run', ...read.seen };
  return { ...timesOfRead(read), key: runKey(namespace, runId), output };
}

const nothing = { kind: 'missing' } as const;
