/**
 * A fork: a state of its own with the rows of another. Rows are immutable, so it takes references
 * and copies nothing; the other state goes on without noticing.
 *
 * The references are gathered in one look, which is what makes them belong together, and takes some
 * milliseconds for 100,000 rows. The state is built of them in steps, however long ago that was.
 */
import type { DagSpec } from '../../model/dag.ts';
import {
  expansionFact,
  type Fact,
  outputFact,
  runFact,
  type TableName,
  taskFact,
  versionFact,
} from '../../model/fact.ts';
import type { ExpansionRow } from '../../model/map.ts';
import type { OutputRow } from '../../model/output.ts';
import type { ReadonlyState } from '../../model/readonly-state.ts';
import { noDigest } from '../../model/row-digest.ts';
import type { RunRow } from '../../model/run.ts';
import { cycleAhead, hasShape, shapeOf } from '../../model/run-shape.ts';
import { State } from '../../model/state.ts';
import type { TaskRow } from '../../model/task-instance.ts';
import { assumeSuccess } from './assume-success.ts';
import { Rest } from './rest.ts';

/** The rows of one moment. */
export interface GatheredRows {
  /** Of the tables beside the runs, in an order in which they can be applied. */
  readonly facts: readonly Fact[];
  readonly runs: readonly GatheredRun[];
}

interface GatheredRun {
  readonly run: RunRow;
  readonly tasks: readonly TaskRow[];
  readonly outputs: readonly OutputRow[];
  readonly expansions: readonly ExpansionRow[];
}

/**
 * Every row that decisions about what is to come depend on. Answers to requests and dead letters
 * say nothing about that; node pools are left out because nobody would start the nodes that a
 * virtual leader asks for.
 */
export function gatherRows(state: Pick<ReadonlyState, 'facts' | 'runs'>): GatheredRows {
  const facts: Fact[] = [];
  for (const fact of state.facts()) {
    // The runs come last, and are quicker to take one by one.
    if (fact.table === 'run') break;
    if (!leftOut.has(fact.table)) facts.push(fact);
  }
  const runs = [...state.runs()].map(({ run, tasks, outputs, expansions }) => ({
    run,
    tasks: [...tasks.values()],
    outputs: [...outputs.values()],
    expansions: [...expansions.values()],
  }));
  return { facts, runs };
}

const leftOut: ReadonlySet<TableName> = new Set(['request', 'letter', 'node-pool'] as const);

/** The definitions among the rows as they are, by the key of the version. */
export function specsIn({ facts }: GatheredRows): (key: string) => DagSpec | undefined {
  const specs = new Map<string, DagSpec>();
  for (const { table, key, row } of facts) {
    if (table === 'version' && row !== null) specs.set(key, row.spec);
  }
  return (key) => specs.get(key);
}

/** Builds the fork; what runs of it is taken to succeed (`assume-success.ts`). */
export function* forkSteps(rows: GatheredRows): Generator<undefined, State> {
  const state = new State(noDigest);
  const rest = new Rest();
  for (const fact of factsIn(rows)) {
    state.apply(simplified(fact));
    if (rest.isDue(fact.table === 'version' ? tasksOf(fact) : 1)) yield;
  }
  yield* shapeSteps(state);
  return state;
}

/** The same at once. */
export function fork(state: Pick<ReadonlyState, 'facts' | 'runs'>): State {
  const steps = forkSteps(gatherRows(state));
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

function* factsIn({ facts, runs }: GatheredRows): Iterable<Fact> {
  yield* facts;
  for (const { run, tasks, outputs, expansions } of runs) {
    yield runFact(run);
    for (const row of tasks) yield taskFact(row);
    for (const row of outputs) yield outputFact(row);
    for (const row of expansions) yield expansionFact(row);
  }
}

function simplified(fact: Fact): Fact {
  if (fact.table !== 'version' || fact.row === null) return fact;
  const { spec } = assumeSuccess(fact.row.spec);
  return spec === fact.row.spec ? fact : versionFact({ ...fact.row, spec });
}

const tasksOf = (fact: Fact): number =>
  fact.table === 'version' ? Object.keys(fact.row?.spec.tasks ?? {}).length + 1 : 1;

/** The structure of large definitions that live runs use: later one turn would work it all out. */
function* shapeSteps(state: ReadonlyState): Generator<undefined, void> {
  for (const { run } of state.runs()) {
    const version = state.version(run.namespace, run.dagId, run.versionId);
    if (version === undefined || hasShape(version.spec)) continue;
    while (cycleAhead(version.spec)) yield;
    shapeOf(version.spec);
    yield;
  }
}
