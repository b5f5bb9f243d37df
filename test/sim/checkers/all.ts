/** Every checker, in the order in which they are told. */
import { attempts } from './attempts.ts';
import { backfills } from './backfills.ts';
import { capacity } from './capacity.ts';
import type { MakeChecker } from './checker.ts';
import { compensations } from './compensations.ts';
import { events } from './events.ts';
import { gates } from './gates.ts';
import { givingWay } from './giving-way.ts';
import { hooks } from './hooks.ts';
import { leaders } from './leaders.ts';
import { lessons } from './lessons.ts';
import { queues } from './queues.ts';
import { quotas } from './quotas.ts';
import { raftLog } from './raft-log.ts';
import { replicas } from './replicas.ts';
import { requests } from './requests.ts';
import { restores } from './restores.ts';
import { room } from './room.ts';
import { schedules } from './schedules.ts';
import { starts } from './starts.ts';
import { starvation } from './starvation.ts';
import { statuses } from './statuses.ts';
import { verdicts } from './verdicts.ts';
import { versions } from './versions.ts';
import { waits } from './waits.ts';

export const allCheckers: readonly MakeChecker[] = [
  raftLog,
  leaders,
  replicas,
  restores,
  statuses,
  attempts,
  verdicts,
  waits,
  hooks,
  compensations,
  capacity,
  gates,
  quotas,
  givingWay,
  lessons,
  starvation,
  room,
  versions,
  starts,
  schedules,
  backfills,
  events,
  requests,
  queues,
];
