/**
 * A storm: random inputs for a leader, each made of a few numbers that choose among what is there,
 * so that fast-check can shrink them. Every applied fact goes past the watcher.
 */
import fc from 'fast-check';
import { type RunId, term } from '../../base/brand.ts';
import type { DagSpec } from '../../model/dag.ts';
import type { EndedRun } from '../../model/ended-run.ts';
import type { AttemptReport } from '../../model/protocol.ts';
import { triggerRules } from '../../model/trigger-rule.ts';
import type { LiveTaskRow } from '../task-rows.ts';
import { LeaderKit } from './leader-kit.ts';
import {
  applyDag,
  asks,
  attemptId,
  behind,
  cancelRun,
  later,
  report,
  rerun,
  spec,
  startRun,
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

/** Any acyclic content of a few tasks: each depends on tasks before it. */
export const anyContent: fc.Arbitrary<DagSpec> = fc
  .array(
    fc.record({
      parents: fc.uniqueArray(fc.nat(7), { maxLength: 3 }),
      rule: fc.constantFrom(...triggerRules),
      retries: fc.nat(2),
      slots: fc.integer({ min: 1, max: 3 }),
      idempotent: fc.boolean(),
    }),
    { minLength: 1, maxLength: 8 },
  )
  .map((tasks) => {
    const named = tasks.map(({ parents, rule, retries, slots, idempotent }, i) => {
      const before = parents.filter((parent) => parent < i).map((parent) => `t${parent}`);
      const resources = { slots };
      return [`t${i}`, behind(before, { triggerRule: rule, retries, idempotent, resources })];
    });
    return spec(Object.fromEntries(named), { activeRunsMax: 2 });
  });

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
        if (row !== undefined && outcome !== undefined) this.#end(row, outcome);
        return;
      }
      case 'started': {
        const row = pick(this.#liveRows(), which);
        if (row === undefined) return;
        const id = attemptId(row.runId, row.taskId, row.attempt.token);
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
        const ended = pick([...this.#ended.values()], which);
        if (ended === undefined) return;
        while (kit.log.pending > 0) this.commit();
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

  #end(row: LiveTaskRow, outcome: AttemptReport['outcome']): void {
    const id = attemptId(row.runId, row.taskId, row.attempt.token);
    const { node, incarnation } = row.attempt;
    const output = outcome === 'success' ? '{"ok":true}' : null;
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
