/**
 * Where tasks run and who goes first: what a DAG, its `defaults` and its tasks may say of that.
 * `docs/guide/placement.md` says what becomes of it.
 */
import { z } from 'zod';
import { orderNames, priorityClasses } from '../model/placing.ts';
import {
  bounded,
  describe,
  labelName,
  labelValue,
  named,
  resources,
  taintText,
  taintWord,
  taskName,
} from './dag-file-kit.ts';
import { dagFileLimits as most } from './dag-file-limits.ts';
import { idText, strict } from './schema-kit.ts';

const countMax = 1_000_000;
/** A smaller part than a thousandth would be none. */
const weightMin = 0.001;
const weightMax = 1_000;

/** In `apart`: the task that says it, so that no two instances of it share a node. */
export const itself = 'self';

const priorityClass = z.enum(priorityClasses);

const tolerationText = taintText.transform((text) => {
  const [key = '', value = null] = text.split('=');
  return { key, value };
});
const tolerationMap = strict({
  key: taintWord,
  value: taintWord.optional().meta(describe('Of the taint; whatever it is unless said.')),
}).transform(({ key, value = null }) => ({ key, value }));
const tolerations = z
  .array(z.union([tolerationText, tolerationMap]))
  .max(most.tolerations)
  .meta(named('tolerations'));

/** Not a union of unions, of which nobody could say what is wrong. */
const labelValues = z
  .union([
    z.string().max(most.labelCharacters),
    z.number(),
    z.boolean(),
    z.array(labelValue).min(1).max(most.labelValues),
  ])
  .transform((value) => [...new Set([value].flat().map(String))]);
const labelChoice = bounded(z.record(labelName, labelValues), most.labels).meta(
  named('labelChoice'),
);

const neighbours = z
  .union([taskName, z.array(taskName).min(1).max(most.neighbours)])
  .transform((value) => [...new Set([value].flat())]);

const affinity = strict({
  require: labelChoice.optional().meta(describe('The node has one of the values of each label.')),
  forbid: labelChoice.optional().meta(describe('The node has none of them.')),
  prefer: labelChoice.optional().meta(describe('Rather a node that has them.')),
  near: neighbours
    .optional()
    .meta(describe('Rather where these tasks of the run ran last: what they wrote is there.')),
  apart: neighbours
    .optional()
    .meta(describe('Never where one of these tasks of the run runs now; `self`: the task itself.')),
}).meta(named('affinity'));

/** Of tasks that run on a node. */
export const placingKeys = {
  limits: resources
    .optional()
    .meta(describe('So much at most, where that is more than `resources` asks for.')),
  nodePool: idText('a node pool').optional().meta(describe('Only on nodes of this pool.')),
  queue: idText('a queue')
    .optional()
    .meta(describe('Only on nodes that serve it; those serve nothing else.')),
  tolerations: tolerations
    .optional()
    .meta(describe('Taints that do not keep it away: key, key=value, or { key, value }.')),
  affinity: affinity.optional(),
  maxConcurrency: z
    .int()
    .min(1)
    .max(countMax)
    .optional()
    .meta(describe('Attempts of it at a time, in all runs of the DAG.')),
  preemptible: z
    .boolean()
    .optional()
    .meta(describe('true: may be stopped and begun again to make room (false).')),
  priorityClass: priorityClass.optional().meta(describe('Before `priority` (that of the DAG).')),
};

/** Of a DAG. */
export const dagPlacingKeys = {
  priorityClass: priorityClass.optional().meta(describe('Of its tasks; before all else (normal).')),
  maxConcurrency: z
    .int()
    .min(1)
    .max(countMax)
    .optional()
    .meta(describe('Attempts at a time, in all of its runs.')),
  weight: z
    .number()
    .min(weightMin)
    .max(weightMax)
    .optional()
    .meta(describe('Its share where the DAGs of a namespace share (1).')),
  order: z
    .enum(orderNames)
    .optional()
    .meta(describe('Which of its tasks goes first (as the cluster has it).')),
  placement: z
    .enum(['pack', 'spread'])
    .optional()
    .meta(describe('On few nodes, or over many (pack).')),
};

const placing = strict(placingKeys);
export type DagFilePlacing = z.output<typeof placing>;
const dagPlacing = strict(dagPlacingKeys);
export type DagFileDagPlacing = z.output<typeof dagPlacing>;
export type DagFileAffinity = z.output<typeof affinity>;
