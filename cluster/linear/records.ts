/**
 * The histories of chaos runs, judged: `register/ID` as registers, `run/ID` as runs. What each
 * record means stands in `chaos/history.ts`.
 */
import { assert, unreachable } from '../../src/base/assert.ts';
import { type RunStatus, runTransitions } from '../../src/model/run.ts';
import type { HistoryRecord } from '../chaos/history.ts';
import { dumpText } from './dump.ts';
import { type History, type Operation, settle } from './history.ts';
import { type Judged, judge } from './judge.ts';
import type { Model } from './model.ts';
import { type RegisterInput, type RegisterOutput, registerModel } from './register-model.ts';
import { type RunInput, type RunOutput, runModel } from './run-model.ts';
import { saveDump } from './save-dump.ts';
import type { Budget, Verdict } from './search.ts';

export interface RecordsOptions {
  /**
   * Whether an operation of unknown outcome took effect, as the cluster shows at the end, when
   * nothing is under way any more; undefined if that cannot be told.
   */
  readonly tookEffect: (record: HistoryRecord) => boolean | undefined;
  /** For each key. */
  readonly budget: Budget;
}

/** What came of one key. */
export interface JudgedKey {
  readonly key: string;
  /** Everything but `linearizable` is a failure. */
  readonly status: Verdict['status'];
  readonly operations: number;
  /** What is wrong, in a few lines. */
  readonly text: string;
  /** Writes all that is known as JSON and as a page; answers with the paths. */
  readonly save: (folder: string) => Promise<readonly string[]>;
}

/** Judges every key; the order of the records does not matter. */
export function judgeRecords(
  records: readonly HistoryRecord[],
  { tookEffect, budget }: RecordsOptions,
): readonly JudgedKey[] {
  const register = registerModel();
  const registers = records.flatMap((record) => registerOperation(record, tookEffect));
  const runs = records.flatMap((record) => runOperation(record, tookEffect));
  return [
    ...told(judge({ history: registers, modelOf: () => register, budget }), register),
    ...told(judge({ history: runs, modelOf: modelOfRun, budget }), modelOfRun('', [])),
  ];
}

const told = <State, Input, Output extends object>(
  all: readonly Judged<Input, Output>[],
  { describe }: Model<State, Input, Output>,
): readonly JudgedKey[] =>
  all.map((judged) => ({
    key: judged.key,
    status: judged.verdict.status,
    operations: judged.history.length,
    text: dumpText(judged, describe),
    save: (folder) => saveDump(folder, judged, describe),
  }));

const modelOfRun = (_: string, history: History<RunInput, RunOutput>) =>
  runModel({ madeElsewhere: !history.some(({ input }) => input.kind === 'create') });

type TookEffect = RecordsOptions['tookEffect'];

function registerOperation(
  record: HistoryRecord,
  tookEffect: TookEffect,
): History<RegisterInput, RegisterOutput> {
  const { op, outcome, value } = record;
  if (op === 'write' && outcome !== 'fail') {
    return operation(record, tookEffect, {
      input: { kind: 'write', value },
      output: { kind: 'written' },
    });
  }
  if (op !== 'read' || outcome !== 'ok') return [];
  return operation(record, tookEffect, {
    input: { kind: 'read' },
    output: { kind: 'value', value },
  });
}

function runOperation(record: HistoryRecord, tookEffect: TookEffect): History<RunInput, RunOutput> {
  const { op, key, outcome, value } = record;
  const done = outcome === 'fail' ? refusedAs(value) : ({ kind: 'done' } as const);
  switch (op) {
    case 'create':
      if (done === undefined) return [];
      return operation(record, tookEffect, {
        input: { kind: 'create', requestId: key },
        output: done,
      });
    case 'cancel':
      if (done === undefined) return [];
      return operation(record, tookEffect, { input: { kind: 'cancel' }, output: done });
    case 'get':
      if (outcome !== 'ok') return [];
      return operation(record, tookEffect, { input: { kind: 'get' }, output: shownAs(value) });
    case 'write':
    case 'read':
    case 'stale-read':
      return [];
    default:
      return unreachable(op);
  }
}

/** One operation, or none if it turned out that it never took effect. */
function operation<Input, Output extends object>(
  record: HistoryRecord,
  tookEffect: TookEffect,
  done: { readonly input: Input; readonly output: Output },
): History<Input, Output> {
  const { client, key, startNs, endNs, outcome } = record;
  const common = { client, key, input: done.input, call: startNs };
  if (outcome !== 'unknown') return [{ ...common, output: done.output, return: endNs }];
  const unknown: Operation<Input, Output> = { ...common, output: null, return: null };
  return settle([unknown], () => {
    const happened = tookEffect(record);
    if (happened === undefined) return { status: 'unknown' };
    return happened ? { status: 'happened', output: done.output, by: null } : { status: 'never' };
  });
}

/** Undefined for a refusal that says nothing about the run. */
function refusedAs(code: string | null): RunOutput | undefined {
  switch (code) {
    case 'RUN_ENDED':
      return { kind: 'ended' };
    case 'RUN_NOT_FOUND':
      return { kind: 'missing' };
    case 'RUN_EXISTS':
      return { kind: 'exists' };
    default:
      return undefined;
  }
}

function shownAs(state: string | null): RunOutput {
  if (state === 'absent') return { kind: 'missing' };
  assert(state !== null && isStatus(state), `${state} is not a status of a run`);
  return { kind: 'run', status: state, generation: null };
}

const isStatus = (state: string): state is RunStatus => Object.hasOwn(runTransitions, state);
