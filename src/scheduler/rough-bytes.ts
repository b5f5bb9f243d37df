/**
 * How large a fact is in the log, roughly: what bounds a turn besides the number of its facts. Most
 * rows are small and alike; what people and tasks have written is what makes an entry large.
 */
import { unreachable } from '../base/assert.ts';
import { roughSize } from '../base/rough-size.ts';
import type { Fact } from '../model/fact.ts';
import type { RunRow } from '../model/run.ts';
import { triggerRowSize } from '../model/trigger.ts';

const smallRow = 320;

export function roughBytes(fact: Fact): number {
  if (fact.row === null) return 64;
  switch (fact.table) {
    case 'output':
      return 64 + fact.row.json.length;
    case 'expansion':
      return 64 + fact.row.items.length;
    case 'trigger':
      return 64 + triggerRowSize(fact.row);
    case 'version':
      return 256 + roughSize(fact.row.spec);
    case 'run':
      return smallRow + paramsLength(fact.row.params) + (fact.row.payload?.length ?? 0);
    case 'backfill':
      return smallRow + paramsLength(fact.row.params) + 32 * (fact.row.passOver?.length ?? 0);
    case 'letter':
    case 'calendar':
    case 'variable':
    case 'namespace':
    case 'node-pool':
    case 'connection':
      return JSON.stringify(fact.row).length;
    case 'dag':
    case 'schedule':
    case 'task':
    case 'node':
    case 'request':
    case 'pool':
    case 'rate':
    case 'scheduling':
    case 'estimate':
      return smallRow;
    default:
      return unreachable(fact);
  }
}

/** Rows of a run share the object, and so do the runs of a backfill: each is measured once. */
const lengths = new WeakMap<RunRow['params'], number>();

/** In characters of JSON. */
export function paramsLength(params: RunRow['params']): number {
  const known = lengths.get(params);
  if (known !== undefined) return known;
  const length = JSON.stringify(params).length;
  lengths.set(params, length);
  return length;
}
