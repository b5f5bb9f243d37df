/** What can be said of a definition only when all of it is written out. */
import { roughSize } from '../base/rough-size.ts';
import type { DagSpec } from '../model/dag.ts';
import { expressionLengthMax } from '../model/expression.ts';
import { dagFileLimits } from './dag-file-limits.ts';
import { idLengthMax } from './dag-file-outline.ts';
import { countRemark, type Wiring } from './dag-file-wiring.ts';
import type { Remark } from './remark.ts';

const { taskCharacters, specCharacters } = dagFileLimits;

/** Callbacks and compensations are tasks too: their number counts, and their ids have a length. */
export function madeRemarks({ tasks }: DagSpec, { outline }: Wiring): readonly Remark[] {
  const count = countRemark(Object.keys(tasks).length);
  if (count !== undefined) {
    const message = `${count.message}; callbacks and compensations count as well`;
    return [{ ...count, message }];
  }
  return [...sizeRemarks(tasks, outline), ...nameRemarks(tasks, outline)];
}

/** Defaults and anchors are written out in each task that takes them, and stay so in the log. */
function sizeRemarks(tasks: DagSpec['tasks'], { nodes }: Wiring['outline']): readonly Remark[] {
  let total = 0;
  for (const [id, task] of Object.entries(tasks)) {
    const size = roughSize(task);
    total += size;
    if (size <= taskCharacters) continue;
    const path = [...(nodes.get(id)?.path ?? [])];
    return [{ code: 'DAG_INVALID', path, message: tooLarge('the task', size, taskCharacters) }];
  }
  if (total <= specCharacters) return [];
  const message = tooLarge('the definition', total, specCharacters);
  return [{ code: 'DAG_INVALID', path: ['tasks'], message }];
}

const tooLarge = (what: string, size: number, max: number): string =>
  `with its defaults and anchors written out, ${what} has some ${size} characters, at most ${max}` +
  ' are allowed: keep long texts in files, variables or outputs';

function nameRemarks(tasks: DagSpec['tasks'], outline: Wiring['outline']): readonly Remark[] {
  return Object.entries(tasks).flatMap(([id, { role, condition = '' }]) => {
    if (condition.length > expressionLengthMax) {
      const path = [...(outline.nodes.get(id)?.path ?? []), 'condition'];
      const message = 'with those of the groups around it this condition is too long: shorten them';
      return [{ code: 'DAG_INVALID', path, message }];
    }
    if (id.length <= idLengthMax || role === undefined || role.kind === 'teardown') return [];
    const path = outline.nodes.get(role.of ?? '')?.path ?? [];
    const message = `the id "${id}" is longer than ${idLengthMax} characters: shorten the task's`;
    return [{ code: 'DAG_INVALID', path, message }];
  });
}
