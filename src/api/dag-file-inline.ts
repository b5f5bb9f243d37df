/** What tasks do on a node, and tasks that stand inside of others: in callbacks, compensations. */
import { z } from 'zod';
import { ofAttempts } from './dag-file-attempts.ts';
import {
  dagName,
  describe,
  description,
  expression,
  givenParams,
  httpBody,
  httpHeaders,
  httpMethods,
  httpUrl,
  named,
  successStatus,
  taskName,
} from './dag-file-kit.ts';
import { dagFileLimits as most } from './dag-file-limits.ts';
import { scalarText, strictInDag } from './schema-kit.ts';

const text = z.string().min(1).max(most.commandCharacters);

export const shell = {
  type: z.literal('shell'),
  command: text.meta(describe('Given to `sh -c`.')),
};

export const python = {
  type: z.literal('python'),
  script: text.optional().meta(describe('Code, given to python3.')),
  file: z.string().min(1).max(4096).optional().meta(describe('A path on the executing node.')),
  args: z.array(scalarText(most.commandCharacters)).max(most.args).optional(),
};

interface PythonSource {
  readonly script?: string | undefined;
  readonly file?: string | undefined;
}
export const hasOneSource = (task: PythonSource): boolean =>
  (task.script === undefined) !== (task.file === undefined);
export const oneSource = { error: 'a python task has either `script` (code) or `file` (a path)' };

export const http = {
  type: z.literal('http'),
  url: httpUrl,
  method: z.enum(httpMethods).optional(),
  headers: httpHeaders.optional(),
  body: httpBody.optional(),
  successStatus: successStatus.optional(),
};

export const noop = { type: z.literal('noop') };

export const subdag = {
  type: z.literal('subdag'),
  dag: dagName.meta(describe('The DAG of which a run is started, and waited for.')),
  params: givenParams.optional().meta(describe('Values may be templates.')),
};

export const trigger = {
  type: z.literal('trigger'),
  dag: dagName.meta(describe('The DAG of which a run is started.')),
  params: givenParams.optional().meta(describe('Values may be templates.')),
  wait: z.boolean().optional().meta(describe('true: ends as that run ends (false).')),
};

/** An inline task has no place in the graph, so it says nothing about what it depends on. */
const inlineCommon = {
  condition: expression.optional(),
  description: description.optional(),
};

const inlineTask = z.discriminatedUnion('type', [
  strictInDag({ ...shell, ...inlineCommon, ...ofAttempts }),
  strictInDag({ ...python, ...inlineCommon, ...ofAttempts }).refine(hasOneSource, oneSource),
  strictInDag({ ...http, ...inlineCommon, ...ofAttempts }),
  strictInDag({ ...noop, ...inlineCommon, ...ofAttempts }),
  strictInDag({ ...subdag, ...inlineCommon }),
  strictInDag({ ...trigger, ...inlineCommon }),
]);
export type DagFileInlineTask = z.output<typeof inlineTask>;

export const inline = inlineTask.meta(named('inlineTask'));

/** The id of a task that is in the file for this alone, or the task itself. */
export const compensate = z.union([taskName, inline]);
