/** Small schemas that several parts of the DAG file share. */
import { z } from 'zod';
import { dimensionsMax } from '../model/resources.ts';
import { dagFileLimits as most } from './dag-file-limits.ts';
import { idText, oneOrMore, scalarText, size } from './schema-kit.ts';

export const describe = (text: string) => ({ description: text });
/** A part of the JSON Schema with a name of its own, because it stands there several times. */
export const named = (id: string) => ({ id });

export const bounded = <T extends z.ZodRecord>(record: T, entriesMax: number) =>
  record.refine((value) => Object.keys(value).length <= entriesMax, {
    error: `at most ${entriesMax} entries are allowed`,
  });

/** A refinement: of these keys exactly one is there. */
export const exactlyOne =
  (keys: readonly string[]) =>
  (value: object): boolean =>
    keys.filter((key) => Object.hasOwn(value, key)).length === 1;

const envName = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]{0,249}$/, 'a variable is named by letters, digits and "_"');
export const labelName = z
  .string()
  .regex(/^[a-zA-Z0-9_./-]{1,250}$/, 'a label is named by letters, digits and "_./-"');
export const labelValue = scalarText(most.labelCharacters);

/** The key of a taint, or its value. */
export const taintWord = z
  .string()
  .regex(/^[a-zA-Z0-9_./-]{1,250}$/, 'a taint is named by letters, digits and "_./-"');
/** `gpu` or `gpu=a100`. */
export const taintText = z
  .string()
  .regex(/^[a-zA-Z0-9_./-]{1,250}(=[a-zA-Z0-9_./-]{1,250})?$/, 'write a taint as key or key=value');

export const env = bounded(z.record(envName, scalarText(most.envCharacters)), most.env).meta(
  named('env'),
);
export const labels = bounded(z.record(labelName, labelValue), most.labels).meta(named('labels'));

const amount = z.number().min(0).max(1e9);

/**
 * `cpu` in cores, `memory` and `disk` as sizes, `gpu` in units; every other name is a custom
 * number.
 */
export const resources = z
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
  })
  .meta(named('resources'));
export type DagFileResources = z.output<typeof resources>;

/**
 * An expression. People who know other schedulers put it into `{{ }}`; here it may stand so, and it
 * means the same.
 */
export const expression = z
  .string()
  .max(most.expressionCharacters)
  .transform(bareExpression)
  .refine((text) => text !== '', 'an expression is missing')
  .meta(describe('An expression, as in tasks.load.output.rows > 0.'));

export function bareExpression(text: string): string {
  const trimmed = text.trim();
  const inner = trimmed.slice(2, -2);
  const isWrapped = trimmed.startsWith('{{') && trimmed.endsWith('}}') && !inner.includes('{{');
  return isWrapped ? inner.trim() : trimmed;
}

/** A template of one line. */
export const lineTemplate = z.string().min(1).max(most.lineCharacters);

export const description = z.string().max(most.descriptionCharacters);

export const taskName = idText('a task id');

/** Names of tasks or groups, or one of them. */
export const oneOrMoreTasks = z
  .union([taskName, z.array(taskName).min(1).max(most.names)])
  .transform((value) => [value].flat())
  .meta(named('names'));

export const dagName = idText('the id of a DAG');

/** Any JSON, up to a size. */
export const json = z.json().meta(named('json'));
export const paramValue = json.refine(
  (value) => JSON.stringify(value).length <= most.paramCharacters,
  `is too long: at most ${most.paramCharacters} characters as JSON`,
);
export const givenParams = bounded(z.record(idText('a param'), paramValue), most.params).meta(
  named('params'),
);

export const httpMethods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'] as const;
/** An address, which may begin with a template. */
export const httpUrl = z
  .string()
  .max(8192)
  .regex(/^(https?:\/\/[^\s/]+|\{\{)/, 'write an http:// or https:// address');
export const httpHeaders = bounded(
  z.record(
    z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,250}$/, 'this is not the name of a header'),
    scalarText(8192).refine((value) => !/[\r\n\0]/.test(value), 'a header is one line'),
  ),
  most.headers,
).meta(named('headers'));
export const httpBody = z.string().max(1024 * 1024);
export const successStatus = z
  .array(z.int().min(100).max(599))
  .max(500)
  .meta(describe('Statuses that mean success (200 to 299).'));

/** `*` stands for one part of a subject, `>` at the end for one or more. */
export const subject = z
  .string()
  .max(250)
  .regex(/^([^\s.*>{}]+|\*)(\.([^\s.*>{}]+|\*))*(\.>)?$/, {
    error: 'a subject is words with dots between them, as in orders.new, orders.* or orders.>',
    abort: true,
  })
  .refine((text) => /[^*>.]/.test(text), 'name a part of the subject: this would hear everything')
  .refine((text) => !/^(skein\.|[_$])/.test(text), "the cluster's own subjects are not heard");
export const assetUri = z
  .string()
  .max(most.assetCharacters)
  .regex(/^asset:\/\/\S/, 'an asset is named as in asset://warehouse/orders');
/** One that is waited for, and so is known before any run is. */
export const awaitedAsset = assetUri.refine(
  (uri) => !uri.includes('{{'),
  'an asset that is waited for has no templates in its name',
);
export const assets = oneOrMore(assetUri);

/** A path on the executing node; `*` stands for anything but a slash. */
export const watchedPath = z
  .string()
  .max(4096)
  .regex(/^(\/|\{\{)/, 'a path is absolute: it begins with "/"');

export const endStates = z
  .array(z.enum(['success', 'failed', 'cancelled']))
  .min(1)
  .max(3)
  .meta(describe('Ends of the run that count (success).'));
