/** How tasks take part and how they run: what a task may say, and `defaults` for all tasks. */
import { z } from 'zod';
import { limits } from '../model/limits.ts';
import { mapItemsMax } from '../model/map.ts';
import { triggerRules } from '../model/trigger-rule.ts';
import { ofAttempts, ofWork } from './dag-file-attempts.ts';
import { hookKeys } from './dag-file-hooks.ts';
import { compensate } from './dag-file-inline.ts';
import {
  assets,
  bounded,
  describe,
  description,
  expression,
  json,
  named,
  oneOrMoreTasks,
  taskName,
} from './dag-file-kit.ts';
import { dagFileLimits as most } from './dag-file-limits.ts';
import { duration, idText, positiveDuration, strict } from './schema-kit.ts';

/** Of every task, whoever does it. */
const ofAll = {
  triggerRule: z.enum(triggerRules).optional().meta(describe('When it may start (all_success).')),
  delay: duration.optional().meta(describe('Waits so long when it could start.')),
  sla: positiveDuration
    .optional()
    .meta(describe('Told by onSlaMiss when it has not ended so long after the run began.')),
};

/** What `defaults` may say. */
export const behaviour = { ...ofAll, ...ofAttempts, ...hookKeys };

const forEachList = z.union([
  expression,
  z.array(json).max(most.literalItems, {
    error: `at most ${most.literalItems} items may stand here: let a param or a task give them`,
  }),
]);

const forEach = z
  .union([forEachList, bounded(z.record(idText('a list'), forEachList), most.mapLists)])
  .meta(named('forEach'));

export const mapped = {
  forEach: forEach
    .optional()
    .meta(describe('One instance for each item: an expression, a list, or lists by name.')),
  maxParallel: z
    .int()
    .min(1)
    .max(mapItemsMax)
    .optional()
    .meta(describe('Items under way at a time (all).')),
};

export const dependsOn = z
  .union([taskName, z.array(taskName).max(limits.tasksPerDag)])
  .transform((value) => [value].flat())
  .optional()
  .meta(describe('Tasks or groups; inside a group names of siblings come first.'));

/** Of every task, whatever its type. */
export const taskCommon = {
  ...ofAll,
  ...hookKeys,
  ...mapped,
  dependsOn,
  description: description.optional(),
  condition: expression.optional().meta(describe('Where it is false, the task is skipped.')),
  produces: assets
    .refine((list) => list.length <= most.assets, `at most ${most.assets} assets`)
    .optional()
    .meta(describe('Assets that its success brings up to date.')),
  compensate: compensate
    .optional()
    .meta(describe('Undoes what it did when the run fails: the id of a task, or a task.')),
  setup: z.literal(true).optional().meta(describe('A set-up, for `teardown: true` behind it.')),
};

/** Of tasks that run on a node. */
export const workCommon = {
  ...taskCommon,
  ...ofWork,
  spread: z
    .union([z.literal('broadcast'), strict({ shards: z.int().min(1).max(mapItemsMax) })])
    .optional()
    .meta(describe('One instance for each node that can take it, or so many shards.')),
  branch: z
    .literal(true)
    .optional()
    .meta(describe('Its output names the children that are followed.')),
  repeat: strict({
    until: expression.meta(describe('Over `output`, the output of the round.')),
    max: z.int().min(1).max(most.repeats).meta(describe('Rounds altogether.')),
    delay: duration.optional(),
  })
    .optional()
    .meta(describe('Goes on until an expression is true.')),
  teardown: z
    .union([z.literal(true), oneOrMoreTasks])
    .optional()
    .meta(describe('Runs whatever happened once a set-up has succeeded: true, or its set-ups.')),
  failsRun: z.boolean().optional().meta(describe('Whether its failure as a teardown counts.')),
};

export const behaviourSchema = strict(behaviour).meta(named('defaults'));
export type DagFileBehaviour = z.output<typeof behaviourSchema>;
