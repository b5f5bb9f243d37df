/** Answers why as a leader of these rows would: with the real gates, without a log. */
import { logIndex, term, type WallMs } from '../../src/base/brand.ts';
import type { Result } from '../../src/base/result.ts';
import type { Refusal } from '../../src/model/refusal.ts';
import type { State } from '../../src/model/state.ts';
import type { WhyAnswer, WhyAsked } from '../../src/model/views/why.ts';
import { answerOf } from '../../src/node/leader-why.ts';
import { Board } from '../../src/scheduler/board.ts';
import { Turn } from '../../src/scheduler/turn.ts';
import { Look } from '../../src/scheduler/why/look.ts';

export function whyAlone(state: State, asked: WhyAsked, at: WallMs): Result<WhyAnswer, Refusal> {
  const turn = new Turn(
    { state, board: new Board(state) },
    { term: term(1), index: logIndex(1), at },
  );
  return answerOf(new Look(turn, ({ status }) => status === 'alive'), asked);
}
