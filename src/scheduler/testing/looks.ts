/** Looks at the leader of a story, as `why` has them. */
import { logIndex, runId, taskId, term } from '../../base/brand.ts';
import type { GateView, WhyView } from '../../model/views/why.ts';
import { Turn } from '../turn.ts';
import { Look } from '../why/look.ts';
import { why } from '../why/why.ts';
import type { Decider } from './decider.ts';
import { here } from './rows.ts';

export function turnOf({ state, board, now }: Decider): Turn {
  return new Turn({ state, board }, { term: term(1), index: logIndex(1_000_000), at: now });
}

export const lookAt = (story: Decider): Look =>
  new Look(turnOf(story), ({ status }) => status === 'alive');

export function whyOf(story: Decider, task: string, run = 'r1'): WhyView {
  const [, name = task, index = '0'] = /^(.*)\[(\d+)\]$/.exec(task) ?? [];
  const asked = { namespace: here, runId: runId(run), taskId: taskId(name) };
  const answer = why(lookAt(story), { ...asked, mapIndex: Number(index) });
  if (!answer.ok) throw new Error(answer.error.detail);
  return answer.value;
}

export const gatesOf = (story: Decider, task: string, run = 'r1'): readonly GateView[] =>
  whyOf(story, task, run).gates;

/** `POOL_FULL, NO_ROOM`: the codes of what is closed, in the order in which they are told. */
export const codesOf = (story: Decider, task: string, run = 'r1'): string =>
  gatesOf(story, task, run)
    .map(({ code }) => code)
    .join(', ');
