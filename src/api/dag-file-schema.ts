/** The DAG file: its zod schema, from which the types, the JSON Schema and every message come. */
import { z } from 'zod';
import { behaviourSchema } from './dag-file-behaviour.ts';
import { tasks } from './dag-file-groups.ts';
import { runHookKeys } from './dag-file-hooks.ts';
import { describe, description } from './dag-file-kit.ts';
import { dagFileLimits as most } from './dag-file-limits.ts';
import { params } from './dag-file-params.ts';
import { dagPlacingKeys } from './dag-file-placing.ts';
import { catchup, schedule } from './dag-file-schedules.ts';
import { triggers } from './dag-file-triggers.ts';
import { idText, instant, oneOrMore, positiveDuration, strict } from './schema-kit.ts';

export const dagFileSchema = strict({
  id: idText('the id of a DAG').optional(),
  namespace: idText('a namespace').optional(),
  description: description.optional(),
  owner: oneOrMore(z.string().min(1).max(250)).optional(),
  tags: z.array(z.string().min(1).max(250)).max(most.tags).optional(),
  schedule: schedule
    .optional()
    .meta(describe('Absent: runs are started by hand, by triggers or by other DAGs.')),
  triggers: triggers.optional().meta(describe('Events that start runs.')),
  startDate: instant.optional(),
  endDate: instant.optional(),
  catchup: catchup
    .optional()
    .meta(describe('true: every missed fire; or only those within a window (false).')),
  overlap: z
    .enum(['allow', 'skip', 'queue', 'replace'])
    .optional()
    .meta(describe('What a due run does while another is alive (allow).')),
  dependsOnPast: z
    .boolean()
    .optional()
    .meta(describe('true: a scheduled run waits for the success of the one before (false).')),
  maxActiveRuns: z.int().min(1).max(most.activeRuns).optional(),
  priority: z.int().min(-1000).max(1000).optional().meta(describe('Higher goes first (0).')),
  ...dagPlacingKeys,
  timeout: positiveDuration.optional().meta(describe('Of a run.')),
  sla: positiveDuration.optional().meta(describe('Of a run; a miss is told by onSlaMiss.')),
  ...runHookKeys,
  params: params.optional(),
  defaults: behaviourSchema.optional().meta(describe('For every task unless it says otherwise.')),
  tasks,
}).meta({
  title: 'Skein DAG file',
  description: 'A workflow: tasks, what they depend on, and when they run.',
});

/** A file as it was checked: durations in milliseconds, sizes in bytes, dates as instants. */
export type DagFile = z.output<typeof dagFileSchema>;
