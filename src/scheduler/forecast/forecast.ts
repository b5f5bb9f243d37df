/**
 * A forecast: a fork of the live rows under a virtual leader, until what was asked about has
 * happened, the horizon is reached or the budget is used up. In steps of a few milliseconds each,
 * so that it can go on beside a node's own work; what it decides never leaves it.
 */
import { type WallMs, wallMs } from '../../base/brand.ts';
import { ok, type Result } from '../../base/result.ts';
import type { Command } from '../../model/command.ts';
import { type ForecastSpan, forecastLimits } from '../../model/forecast.ts';
import type { Refusal } from '../../model/refusal.ts';
import type { State } from '../../model/state.ts';
import { Expected } from './expected.ts';
import { Timeline } from './timeline.ts';
import { VirtualExecutors } from './virtual-executors.ts';
import { VirtualLeader } from './virtual-leader.ts';

export interface ForecastOptions {
  /** The wall clock of its first instant. */
  readonly now: WallMs;
  readonly horizonMs?: number;
  /** Turns that it may take. */
  readonly turns?: number;
  /** Task instances that it may start. */
  readonly starts?: number;
  /** Attempts take what this share of the recent ones did not exceed; absent: 0.5. */
  readonly share?: number;
  /** Asked of the leader in the first instant; the first refusal ends the forecast. */
  readonly commands?: readonly Command[];
  /** Whether what was asked about has happened; never, unless said. */
  readonly isReached?: (timeline: Timeline) => boolean;
}

export interface Forecast {
  readonly span: ForecastSpan;
  readonly timeline: Timeline;
  readonly expected: Expected;
  /** As it is at the end of the span. */
  readonly state: State;
}

/** Runs `state` forward; it is used up by that. */
export function* forecastSteps(
  state: State,
  options: ForecastOptions,
): Generator<undefined, Result<Forecast, Refusal>> {
  const expected = new Expected(state, options.share);
  const executors = new VirtualExecutors(expected);
  const leader: VirtualLeader = new VirtualLeader({
    ...{ state, startsAt: options.now },
    dispatched: (to, dispatches) => executors.dispatched(leader, to, dispatches),
    revoked: (to, attempts) => executors.revoked(leader, to, attempts),
    committed: (turn) => timeline.committed(turn),
  });
  const { board } = leader.leader;
  const timeline = new Timeline({ state, planOf: (run) => board.planOf(run) });
  yield;
  yield* timeline.begin();
  yield* executors.takeUp(state, leader);
  leader.join((node) => executors.heldOn(node));
  const refused = yield* askAll(leader, options.commands ?? []);
  if (refused !== undefined) return { ok: false, error: refused };
  const end = yield* runOn(leader, timeline, options);
  const { horizonMs = forecastLimits.horizonMs } = options;
  const isWhole = end === 'quiet' || end === 'horizon';
  const until = isWhole ? wallMs(options.now + horizonMs) : leader.now;
  return ok({ span: { from: options.now, until, end }, timeline, expected, state });
}

/** Commands one after the other; the value is the first refusal. */
function* askAll(
  leader: VirtualLeader,
  commands: readonly Command[],
): Generator<undefined, Refusal | undefined> {
  for (const command of commands) {
    let answer: Result<unknown, Refusal> | undefined;
    leader.ask(command, (given) => {
      answer = given;
    });
    while (answer === undefined && leader.step(leader.nowMs + askingMsMax)) yield;
    const given: Result<unknown, Refusal> | undefined = answer;
    if (given?.ok === false) return given.error;
  }
  return undefined;
}

/** A command is answered when its entry is committed: a virtual millisecond later. */
const askingMsMax = 1_000;

function* runOn(
  leader: VirtualLeader,
  timeline: Timeline,
  options: ForecastOptions,
): Generator<undefined, ForecastSpan['end']> {
  const { horizonMs = forecastLimits.horizonMs, isReached = () => false } = options;
  const { turns = forecastLimits.turns, starts = forecastLimits.starts } = options;
  while (!isReached(timeline)) {
    if (leader.turns >= turns || timeline.starts >= starts) return 'budget';
    if (!leader.step(horizonMs)) return leader.isQuiet ? 'quiet' : 'horizon';
    yield;
  }
  return 'reached';
}

/** Takes all steps at once: for tests, and for who has nothing else to do. */
export function finish<T>(steps: Generator<undefined, T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}
