/** The DAG file: its zod schema, from which the types, the JSON Schema and every message come. */
import { z } from 'zod';
import { limits } from '../model/limits.ts';
import { dimensionsMax } from '../model/resources.ts';
import { triggerRules } from '../model/trigger-rule.ts';
import { dagFileLimits as most } from './dag-file-limits.ts';
import {
  duration,
  idText,
  instant,
  oneOrMore,
  positiveDuration,
  scalarText,
  size,
  strictInDag,
} from './schema-kit.ts';

const describe = (text: string) => ({ description: text });

const envName = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]{0,249}$/, 'a variable is named by letters, digits and "_"');
const labelName = z
  .string()
  .regex(/^[a-zA-Z0-9_./-]{1,250}$/, 'a label is named by letters, digits and "_./-"');

const bounded = <T extends z.ZodRecord>(record: T, entriesMax: number) =>
  record.refine((value) => Object.keys(value).length <= entriesMax, {
    error: `at most ${entriesMax} entries are allowed`,
  });

const env = bounded(z.record(envName, scalarText(most.envCharacters)), most.env);
export const labels = bounded(z.record(labelName, scalarText(most.labelCharacters)), most.labels);

const amount = z.number().min(0).max(1e9);

/**
 * `cpu` in cores, `memory` and `disk` as sizes, `gpu` in units; every other name is a custom
 * number.
 */
const resources = z
  .object({
    cpu: amount.max(10_000).optional().meta(describe('Cores; fractions are allowed.')),
    memory: size.optional(),
    disk: size.optional(),
    gpu: amount.max(10_000).optional(),
  })
  .catchall(amount)
  .refine((value) => Object.keys(value).length <= dimensionsMax - 1, {
    error: `at most ${dimensionsMax - 1} dimensions are allowed`,
  })
  .refine((value) => !Object.hasOwn(value, 'slots'), {
    error: 'every attempt takes one slot; `slots` cannot be asked for',
  });

/** What a task may say about how it runs, and `defaults` may say for all tasks. */
const behaviour = {
  triggerRule: z.enum(triggerRules).optional().meta(describe('When it may start (all_success).')),
  retries: z
    .int()
    .min(0)
    .max(limits.retries)
    .optional()
    .meta(describe('Further attempts after the first (0).')),
  retryDelay: duration.optional(),
  retryBackoff: z
    .enum(['fixed', 'exponential'])
    .optional()
    .meta(describe('exponential: retryDelay x 2^(attempt - 1), up to maxRetryDelay.')),
  maxRetryDelay: positiveDuration.optional(),
  retryJitter: z.boolean().optional().meta(describe('Draw the delay from its upper half.')),
  timeout: positiveDuration.optional().meta(describe('Of one attempt.')),
  idempotent: z
    .boolean()
    .optional()
    .meta(describe('false: a lost attempt is not repeated without a person’s word (true).')),
  resources: resources.optional(),
  labels: labels.optional().meta(describe('The node must carry all of them.')),
  env: env.optional(),
  cwd: z
    .string()
    .max(4096)
    .startsWith('/', 'a working directory is an absolute path')
    .optional()
    .meta(describe('Absolute working directory; a private one unless said.')),
};

const taskCommon = {
  ...behaviour,
  dependsOn: z.array(idText('a task id')).max(limits.tasksPerDag).optional(),
  description: z.string().max(most.descriptionCharacters).optional(),
};

const text = z.string().min(1).max(most.commandCharacters);

const shellTask = strictInDag({
  type: z.literal('shell'),
  command: text.meta(describe('Given to `sh -c`.')),
  ...taskCommon,
});

const pythonTask = strictInDag({
  type: z.literal('python'),
  script: text.optional().meta(describe('Code, given to python3.')),
  file: z.string().min(1).max(4096).optional().meta(describe('A path on the executing node.')),
  args: z.array(scalarText(most.commandCharacters)).max(most.args).optional(),
  ...taskCommon,
}).refine((task) => (task.script === undefined) !== (task.file === undefined), {
  error: 'a python task has either `script` (code) or `file` (a path)',
});

const httpTask = strictInDag({
  type: z.literal('http'),
  url: z
    .string()
    .max(8192)
    .regex(/^https?:\/\/[^\s/]+/, 'write an http:// or https:// address'),
  method: z.enum(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS']).optional(),
  headers: bounded(
    z.record(
      z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,250}$/, 'this is not the name of a header'),
      scalarText(8192).refine((value) => !/[\r\n\0]/.test(value), 'a header is one line'),
    ),
    most.headers,
  ).optional(),
  body: z
    .string()
    .max(1024 * 1024)
    .optional(),
  successStatus: z
    .array(z.int().min(100).max(599))
    .max(500)
    .optional()
    .meta(describe('Statuses that mean success (200 to 299).')),
  ...taskCommon,
});

const noopTask = strictInDag({ type: z.literal('noop'), ...taskCommon });

const task = z.discriminatedUnion('type', [shellTask, pythonTask, httpTask, noopTask]);

const scheduleObject = strictInDag({
  cron: z.string().max(250).optional().meta(describe('Five fields, or six with seconds first.')),
  every: positiveDuration.optional().meta(describe('Fixed rate, from startDate.')),
  timezone: z.string().max(64).optional().meta(describe('For cron; UTC unless said.')),
  dst: z
    .enum(['skip', 'once', 'both'])
    .optional()
    .meta(describe('Local times that the clock skips or repeats (once).')),
  jitter: duration.optional(),
}).refine((schedule) => (schedule.cron === undefined) !== (schedule.every === undefined), {
  error: 'a schedule has either `cron` or `every`',
});

const scheduleText = z.string().max(250);
const schedule = z.union([
  scheduleText,
  scheduleObject,
  z.array(z.union([scheduleText, scheduleObject])).max(limits.schedulesPerDag),
]);

const paramValue = z.union([z.string().max(most.paramCharacters), z.number(), z.boolean()]);
const param = strictInDag({
  type: z.enum(['string', 'number', 'integer', 'boolean']),
  default: paramValue.optional().meta(describe('Without it the param must be given.')),
  enum: z.array(paramValue).min(1).max(most.enumValues).optional(),
  description: z.string().max(most.descriptionCharacters).optional(),
});

export const dagFileSchema = strictInDag({
  id: idText('the id of a DAG').optional(),
  namespace: idText('a namespace').optional(),
  description: z.string().max(most.descriptionCharacters).optional(),
  owner: oneOrMore(z.string().min(1).max(250)).optional(),
  tags: z.array(z.string().min(1).max(250)).max(most.tags).optional(),
  schedule: schedule.optional().meta(describe('Absent: runs are started by hand.')),
  startDate: instant.optional(),
  endDate: instant.optional(),
  catchup: z
    .union([
      z.boolean(),
      strictInDag({ window: positiveDuration.optional(), coalesce: z.boolean().optional() }),
    ])
    .optional()
    .meta(describe('true: every missed fire; or only those within a window (false).')),
  maxActiveRuns: z.int().min(1).max(most.activeRuns).optional(),
  priority: z.int().min(-1000).max(1000).optional().meta(describe('Higher goes first (0).')),
  timeout: positiveDuration.optional().meta(describe('Of a run.')),
  params: bounded(z.record(idText('a param'), param), most.params).optional(),
  defaults: strictInDag(behaviour)
    .optional()
    .meta(describe('For every task unless it says otherwise.')),
  tasks: z.record(idText('a task id'), task),
}).meta({
  title: 'Skein DAG file',
  description: 'A workflow: tasks, what they depend on, and when they run.',
});

/** A file as it was checked: durations in milliseconds, sizes in bytes, dates as instants. */
export type DagFile = z.output<typeof dagFileSchema>;
export type DagFileTask = DagFile['tasks'][string];
export type DagFileBehaviour = NonNullable<DagFile['defaults']>;
export type DagFileResources = z.output<typeof resources>;

export const taskTypes = ['shell', 'python', 'http', 'noop'] as const;
/** Types that the documents name and this version does not run yet. */
export const taskTypesNotYet: readonly string[] = [
  'function',
  'sql',
  'docker',
  'kubernetes',
  'branch',
  'conditional',
  'subdag',
  'sensor',
  'wait',
  'approval',
];
