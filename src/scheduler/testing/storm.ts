/**
 * A storm: random inputs for a leader, each made of a few numbers that choose among what is there,
 * so that fast-check can shrink them. Every applied fact goes past the watcher.
 */
import fc from 'fast-check';
import { type RunId, taskId, term } from '../../base/brand.ts';
import type { DagSpec, TaskSpec } from '../../model/dag.ts';
import type { EndedRun } from '../../model/ended-run.ts';
import type { AttemptReport } from '../../model/protocol.ts';
import { anyFlow } from '../../model/testing/any-flow.ts';
import type { LiveTaskRow } from '../task-rows.ts';
import { LeaderKit } from './leader-kit.ts';
import {
  applyDag,
  asks,
  attemptId,
  cancelRun,
  later,
  report,
  rerun,
  startRun,
  task,
} from './rows.ts';

export interface Gust {
  readonly what:
    | 'apply'
    | 'start'
    | 'heartbeat'
    | 'restart-executor'
    | 'end'
    | 'started'
    | 'cancel'
    | 'rerun'
    | 'pass'
    | 'silence'
    | 'commit'
    | 'refuse';
  readonly which: number;
  readonly how: number;
}

/** So little that tasks wait for room; a task of three slots still finds it. */
const capacity = { slots: 3 };

const outcomes = ['success', 'success', 'failed', 'skipped', 'timed_out', 'cancelled'] as const;

const moments = ['success', 'failure', 'retry', 'sla', 'exit'] as const;

/** What the tasks of a flow are besides the graph that they make. */
const anyTrait = fc.record({
  retries: fc.nat(2),
  slots: fc.integer({ min: 1, max: 3 }),
  idempotent: fc.boolean(),
  start: fc.constantFrom('now', 'now', 'now', 'if', 'unless', 'later', 'wait', 'due'),
});

/** Tasks beside the graph: who they belong to, and what they are told of. */
const anyHook = fc.record({
  of: fc.option(fc.nat(8)),
  on: fc.constantFrom(...moments, 'compensate' as const),
  slots: fc.integer({ min: 1, max: 2 }),
});

/** Some of them are the choice of a branch. */
const outputs = ['true', '["t1", "t3", "t5"]', '{"follow": ["t2", "m0"]}', 'false', '{"ok": 1}'];

/** Any content of a few tasks that uses what the language has, as far as storms can bring it on. */
export const anyContent: fc.Arbitrary<DagSpec> = fc
  .record({
    flow: anyFlow,
    traits: fc.array(anyTrait, { minLength: 9, maxLength: 9 }),
    hooks: fc.array(anyHook, { maxLength: 3 }),
  })
  .map(({ flow, traits, hooks }) => {
    const tasks: Record<string, TaskSpec> = {};
    const ids = Object.keys(flow.tasks);
    for (const [place, [id, plain]] of Object.entries(flow.tasks).entries()) {
      const { retries = 0, slots = 1, idempotent = true, start = 'now' } = traits[place] ?? {};
      tasks[id] = { ...plain, retries, idempotent, resources: { slots }, ...starts(plain, start) };
    }
    for (const [which, { of, on, slots }] of hooks.entries()) {
      const whose = of === null ? undefined : ids[of % ids.length];
      const told = whose === undefined ? null : taskId(whose);
      const role =
        on !== 'compensate'
          ? ({ kind: 'hook', on, of: told } as const)
          : ({ kind: 'compensation', of: told ?? taskId('t0') } as const);
      tasks[`h${which}`] = task({ role, resources: { slots } });
    }
    return { ...flow, tasks, activeRunsMax: 2 };
  });

function starts(
  { action }: TaskSpec,
  how: 'now' | 'if' | 'unless' | 'later' | 'wait' | 'due',
): Partial<TaskSpec> {
  switch (how) {
    case 'now':
      return {};
    case 'if':
      return { condition: 'true' };
    case 'unless':
      return { condition: 'false' };
    case 'later':
      return { delayMs: 700 };
    case 'wait':
      return action.kind === 'noop' ? { action: { kind: 'wait', forMs: 900, until: null } } : {};
    case 'due':
      return { slaMs: 1500 };
  }
}

export const anyGusts = (maxLength: number): fc.Arbitrary<readonly Gust[]> =>
  fc.array(
    fc.record({
      what: fc.constantFrom<Gust['what'][]>(
        ...(['start', 'heartbeat', 'end', 'end', 'end', 'started', 'cancel', 'rerun'] as const),
        ...(['pass', 'silence', 'commit', 'commit', 'refuse', 'apply'] as const),
        'restart-executor',
      ),
      which: fc.nat(1000),
      how: fc.nat(1000),
    }),
    { minLength: 1, maxLength },
  );

const pick = <T>(from: readonly T[], which: number): T | undefined => from[which % from.length];

export class Storm {
  readonly kit = new LeaderKit();
  readonly #contents: readonly DagSpec[];
  readonly #ended = new Map<RunId, EndedRun>();
  readonly #lives = new Map<string, number>();
  #term = 1;

  constructor(contents: readonly DagSpec[]) {
    this.#contents = contents;
    for (const [i, content] of contents.entries()) this.kit.drain(asks(applyDag(`d${i}`, content)));
    for (const name of ['n1', 'n2']) this.kit.heartbeat(name, { capacity });
    this.commit();
  }

  commit(count?: number): void {
    for (const proposed of this.kit.commit(count)) {
      for (const { ended } of proposed?.turn.applied ?? []) {
        if (ended !== undefined) this.#ended.set(ended.run.runId, ended);
      }
    }
  }

  /** Leadership is lost: what is not committed is overwritten; then this node leads again. */
  loseLeadership(): void {
    this.kit.leader.unwind();
    this.kit.log.dropTail();
  }

  leadAgain(): void {
    this.#term += 1;
    this.kit.takeOver(term(this.#term));
    this.kit.pass(0);
  }

  blow({ what, which, how }: Gust): void {
    const { kit } = this;
    const name = `n${1 + (which % 2)}`;
    switch (what) {
      case 'apply': {
        const content = pick(this.#contents, how);
        const dag = `d${which % this.#contents.length}`;
        if (content !== undefined) kit.drain(asks(applyDag(dag, content)));
        return;
      }
      case 'start':
        kit.drain(asks(startRun(`d${which % this.#contents.length}`)));
        return;
      case 'heartbeat':
        kit.heartbeat(name, { life: this.#lifeOf(name), capacity });
        return;
      case 'restart-executor':
        this.#lives.set(name, this.#lifeOf(name) + 1);
        kit.heartbeat(name, { life: this.#lifeOf(name), capacity });
        return;
      case 'end': {
        const row = pick(this.#liveRows(), which);
        const outcome = pick(outcomes, how);
        if (row !== undefined && outcome !== undefined) this.#end(row, outcome, how);
        return;
      }
      case 'started': {
        const row = pick(this.#liveRows(), which);
        if (row === undefined) return;
        const id = attemptId(row.runId, row.taskId, row.attempt.token, row.mapIndex);
        const { node, incarnation } = row.attempt;
        const attempts = [{ id, startedAt: later(how) }];
        kit.drain({ kind: 'attempts-started', executor: { node, incarnation }, attempts });
        return;
      }
      case 'cancel': {
        const live = pick([...kit.state.runs()], which);
        if (live !== undefined) kit.drain(asks(cancelRun(live.run.runId)));
        return;
      }
      case 'rerun': {
        // The ledger knows what is committed; a run may have ended once more since it was asked.
        while (kit.log.pending > 0) this.commit();
        const ended = pick([...this.#ended.values()], which);
        if (ended === undefined) return;
        const asked = rerun(ended.run.runId, {
          failedOnly: how % 2 === 0,
          downstream: how % 3 === 0,
        });
        kit.drain(asks(asked, { ended }));
        return;
      }
      case 'pass':
        kit.pass(how);
        return;
      case 'silence':
        kit.pass(7000);
        return;
      case 'commit':
        this.commit(1 + (how % 3));
        return;
      case 'refuse':
        kit.log.refuses = 'overloaded';
        kit.drain(asks(startRun(`d${which % this.#contents.length}`)));
        kit.log.refuses = undefined;
        return;
    }
  }

  /** Goes on, without any more trouble, until no run is live or `turnsMax` rounds have gone by. */
  calm(outcome: AttemptReport['outcome'] = 'success', turnsMax = 300): void {
    const { kit } = this;
    for (let turn = 0; turn < turnsMax && kit.state.count('run') > 0; turn++) {
      for (const name of ['n1', 'n2']) kit.heartbeat(name, { life: this.#lifeOf(name), capacity });
      for (const row of this.#liveRows())
        this.#end(row, row.attempt.revoked ? 'cancelled' : outcome);
      kit.pass(1000);
      this.commit();
    }
  }

  #end(row: LiveTaskRow, outcome: AttemptReport['outcome'], how = 0): void {
    const id = attemptId(row.runId, row.taskId, row.attempt.token, row.mapIndex);
    const { node, incarnation } = row.attempt;
    const output = outcome === 'success' ? (pick(outputs, how) ?? null) : null;
    const reports = [report(id, outcome, { output })];
    this.kit.drain({ kind: 'attempts-ended', executor: { node, incarnation }, reports });
  }

  #liveRows(): readonly LiveTaskRow[] {
    const { board } = this.kit.leader;
    return [...this.kit.state.nodes()].flatMap(({ nodeId }) => [
      ...board.attemptsOn(nodeId).values(),
    ]);
  }

  #lifeOf(name: string): number {
    return this.#lives.get(name) ?? 1;
  }
}
