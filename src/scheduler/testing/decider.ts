/**
 * Given facts, when inputs come, then facts and effects (after Emmett's decider specification).
 *
 *   const story = new Decider(...runningRun(spec({ a: task() })), ...nodes('n1'));
 *   story.assign();
 *   const { facts } = story.when(story.ends('a', 'failed'));
 *
 * Every `when` is one turn with the next log index; what it decides is there for the next one.
 */

import { present } from '../../base/assert.ts';
import { logIndex, runId, taskId, term, type WallMs, wallMs } from '../../base/brand.ts';
import type { Result } from '../../base/result.ts';
import type { CommandReply } from '../../model/command.ts';
import type { Fact, FactOf, TableName } from '../../model/fact.ts';
import type { AttemptReport } from '../../model/protocol.ts';
import type { Refusal } from '../../model/refusal.ts';
import { State } from '../../model/state.ts';
import type { TaskRow } from '../../model/task-instance.ts';
import { assignReady } from '../assign.ts';
import { Board } from '../board.ts';
import { decide } from '../decide.ts';
import type { Effect } from '../effect.ts';
import type { Input } from '../input.ts';
import { isLive, type LiveTaskRow } from '../task-rows.ts';
import { Turn } from '../turn.ts';
import { attemptId, here, report, start } from './rows.ts';

/** What one turn decided. */
export interface Decided {
  readonly turn: Turn;
  readonly facts: readonly Fact[];
  readonly effects: readonly Effect[];
  /** Of the turn's last command. */
  readonly answer: Result<CommandReply, Refusal> | undefined;
  readonly superseded: number;
}

export class Decider {
  readonly state = new State();
  readonly board: Board;
  now: WallMs = start;
  /** By how much the wall clock has jumped of late. */
  jumpedMs = 0;
  #index = 0;

  /** `facts` are the past. */
  constructor(...facts: readonly Fact[]) {
    for (const fact of facts) this.state.apply(fact);
    this.board = new Board(this.state);
  }

  /** Lets time pass until the next turn. */
  wait(ms: number): this {
    this.now = wallMs(this.now + ms);
    return this;
  }

  when(...inputs: readonly Input[]): Decided {
    return this.#turn((turn) => {
      let superseded = 0;
      for (const input of inputs) superseded += decide(turn, input).superseded;
      return superseded;
    });
  }

  /** Places what is ready on the nodes that are alive, as the end of a turn does. */
  assign(): Decided {
    return this.#turn((turn) => {
      turn.decide({ what: 'assign', by: 'scheduler' }, () =>
        assignReady(turn, ({ status }) => status === 'alive'),
      );
      return 0;
    });
  }

  /** Everything that is due by now. */
  wake(): Decided {
    return this.#turn((turn) => {
      for (;;) {
        const deadline = this.board.deadlines.takeDue(turn.at);
        if (deadline === undefined) return 0;
        decide(turn, { kind: 'deadline', deadline });
      }
    });
  }

  /** Of a mapped task, or of one that is fired: `task[2]`. */
  row(task: string, run = 'r1'): TaskRow | undefined {
    const { id, mapIndex } = instanceOf(task);
    return this.state.task(here, runId(run), id, mapIndex);
  }

  status(task: string, run = 'r1'): TaskRow['status'] | undefined {
    return this.row(task, run)?.status;
  }

  live(task: string, run = 'r1'): LiveTaskRow {
    const row = this.row(task, run);
    return present(isLive(row) ? row : undefined, `${task} of ${run} has a live attempt`);
  }

  /** The live attempt of a task ends. */
  ends(
    task: string,
    outcome: AttemptReport['outcome'] = 'success',
    differs: Partial<AttemptReport> & { readonly run?: string } = {},
  ): Input {
    const { run = 'r1', ...more } = differs;
    const { runId: of, taskId: id, mapIndex, attempt } = this.live(task, run);
    const reports = [report(attemptId(of, id, attempt.token, mapIndex), outcome, more)];
    const executor = { node: attempt.node, incarnation: attempt.incarnation };
    return { kind: 'attempts-ended', executor, reports };
  }

  #turn(make: (turn: Turn) => number): Decided {
    this.#index += 1;
    const steadyAt = wallMs(this.now - this.jumpedMs);
    const place = { term: term(1), index: logIndex(this.#index), at: this.now, steadyAt };
    const turn = new Turn({ state: this.state, board: this.board }, place);
    const superseded = make(turn);
    const answers = turn.effects.filter((effect) => effect.kind === 'answer');
    const facts = turn.decisions.flatMap((decision) => decision.facts);
    return { turn, facts, effects: turn.effects, answer: answers.at(-1)?.answer, superseded };
  }
}

/** The rows that a turn wrote to one table, in order. */
export const rowsOf = <T extends TableName>(
  table: T,
  facts: readonly Fact[],
): readonly FactOf<T>['row'][] =>
  facts.filter((fact) => fact.table === table).map((fact) => fact.row as FactOf<T>['row']);

/** `a[2]` -> a, 2; `a` -> a, 0. */
function instanceOf(text: string) {
  const [, name = text, index = '0'] = /^(.*)\[(\d+)\]$/.exec(text) ?? [];
  return { id: taskId(name), mapIndex: Number(index) };
}

/** `a: queued, b[1]: skipped`: what became of the tasks that a turn touched. */
export const tasksIn = (facts: readonly Fact[]): readonly string[] =>
  rowsOf('task', facts).map((row) => {
    const index = row?.mapIndex === 0 ? '' : `[${row?.mapIndex}]`;
    return `${row?.taskId}${index}: ${row?.status}`;
  });

export const runsIn = (facts: readonly Fact[]): readonly string[] =>
  rowsOf('run', facts).map((row) => `${row?.runId}: ${row?.status}`);

export const kindsOf = (effects: readonly Effect[]): readonly string[] =>
  effects.map(({ kind }) => kind);
