/** Every checker, in the order in which they are told. */
import { attempts } from './attempts.ts';
import { capacity } from './capacity.ts';
import type { MakeChecker } from './checker.ts';
import { leaders } from './leaders.ts';
import { queues } from './queues.ts';
import { raftLog } from './raft-log.ts';
import { replicas } from './replicas.ts';
import { requests } from './requests.ts';
import { restores } from './restores.ts';
import { schedules } from './schedules.ts';
import { starts } from './starts.ts';
import { statuses } from './statuses.ts';
import { triggers } from './triggers.ts';

export const allCheckers: readonly MakeChecker[] = [
  raftLog,
  leaders,
  replicas,
  restores,
  statuses,
  attempts,
  triggers,
  capacity,
  starts,
  schedules,
  requests,
  queues,
];
