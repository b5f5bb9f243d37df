/** The tasks of a DAG file: leaves, and groups of tasks. */
import { z } from 'zod';
import { triggerRules } from '../model/trigger-rule.ts';
import { behaviourSchema, dependsOn, mapped } from './dag-file-behaviour.ts';
import { describe, description, expression, named, taskName } from './dag-file-kit.ts';
import { type DagFileLeaf, leafTasks } from './dag-file-tasks.ts';
import { strict } from './schema-kit.ts';

const groupHead = strict({
  type: z.literal('group'),
  description: description.optional(),
  dependsOn,
  triggerRule: z
    .enum(triggerRules)
    .optional()
    .meta(describe('Of its first tasks, unless they say otherwise.')),
  defaults: behaviourSchema.optional().meta(describe('For its tasks, over those of the file.')),
  ...mapped,
  condition: expression
    .optional()
    .meta(describe('Of each of its first tasks: where it is false, they are skipped.')),
});

export interface DagFileGroup extends z.output<typeof groupHead> {
  readonly tasks: DagFileTasks;
}
export type DagFileTask = DagFileLeaf | DagFileGroup;
export type DagFileTasks = Readonly<Record<string, DagFileTask>>;

const groupTask = strict({
  ...groupHead.shape,
  get tasks(): z.ZodType<Record<string, DagFileTask>> {
    return tasks;
  },
});

const task = z.discriminatedUnion('type', [...leafTasks, groupTask]).meta(named('task'));

export const tasks: z.ZodType<Record<string, DagFileTask>> = z.record(taskName, task);

export const taskTypes = [
  'shell',
  'script',
  'python',
  'function',
  'http',
  'sql',
  'email',
  'notify',
  'docker',
  'kubernetes',
  'noop',
  'branch',
  'conditional',
  'wait',
  'approval',
  'subdag',
  'trigger',
  'sensor',
  'group',
] as const;
