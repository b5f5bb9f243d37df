/**
 * `all`, `exists`, `exists_one`, `filter` and `map`, over the elements of a list or the keys of a
 * map. Each pass pays for the nodes that it evaluates, before it does.
 */
import { unreachable } from '../../base/assert.ts';
import { pay, spent } from './budget.ts';
import type { Frame, Step } from './frame.ts';
import type { LoopKind } from './syntax.ts';
import {
  type Fault,
  type Held,
  hold,
  isDict,
  isFault,
  isList,
  keysOf,
  type List,
  refused,
  typeName,
  type Value,
} from './value.ts';

export interface Loop {
  readonly over: Step;
  readonly keep: Step | null;
  readonly body: Step;
  /** Where the variable lies in the frame. */
  readonly slot: number;
  /** Units of one pass. */
  readonly cost: number;
}

export function loopStep(kind: LoopKind, loop: Loop): Step {
  switch (kind) {
    case 'all':
      return (frame) => quantify(loop, frame, false);
    case 'exists':
      return (frame) => quantify(loop, frame, true);
    case 'exists_one':
      return (frame) => existsOne(loop, frame);
    case 'filter':
    case 'map':
      return (frame) => collect(loop, frame);
    default:
      return unreachable(kind);
  }
}

/**
 * One `decisive` answer is the answer, whatever fails elsewhere: `list.exists(x, x.size > 3)` may
 * meet elements without a size. Without a decisive answer the first fault is the result.
 */
function quantify(loop: Loop, frame: Frame, decisive: boolean): boolean | Fault {
  const items = itemsOf(loop.over(frame), frame);
  if (isFault(items)) return items;
  let fault: Fault | undefined;
  for (const item of items) {
    const answer = answerFor(loop.body, item, loop, frame);
    if (answer === decisive) return decisive;
    if (!isFault(answer)) continue;
    if (answer.kind === 'spent') return answer;
    fault ??= answer;
  }
  return fault ?? !decisive;
}

function existsOne(loop: Loop, frame: Frame): boolean | Fault {
  const items = itemsOf(loop.over(frame), frame);
  if (isFault(items)) return items;
  let count = 0;
  for (const item of items) {
    const answer = answerFor(loop.body, item, loop, frame);
    if (isFault(answer)) return answer;
    if (answer) count++;
  }
  return count === 1;
}

function collect(loop: Loop, frame: Frame): Value | Fault {
  const items = itemsOf(loop.over(frame), frame);
  if (isFault(items)) return items;
  const collected: Held[] = [];
  for (const item of items) {
    if (loop.keep !== null) {
      const keeps = answerFor(loop.keep, item, loop, frame);
      if (isFault(keeps)) return keeps;
      if (!keeps) continue;
    } else if (!pay(frame, loop.cost)) return spent;
    frame.slots[loop.slot] = item;
    const value = loop.body(frame);
    if (isFault(value)) return value;
    collected.push(hold(value));
  }
  return collected;
}

function answerFor(step: Step, item: Held, loop: Loop, frame: Frame): boolean | Fault {
  if (!pay(frame, loop.cost)) return spent;
  frame.slots[loop.slot] = item;
  const answer = step(frame);
  if (isFault(answer) || typeof answer === 'boolean') return answer;
  return refused(`a condition is true or false, not ${typeName(answer)}`);
}

function itemsOf(value: Value | Fault, frame: Frame): List | Fault {
  if (isFault(value)) return value;
  if (isList(value)) return value;
  if (!isDict(value)) return refused(`a loop goes over a list or a map, not ${typeName(value)}`);
  const keys = keysOf(value);
  return pay(frame, keys.length) ? keys : spent;
}
