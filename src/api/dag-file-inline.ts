/** What tasks do on a node, and tasks that stand inside of others: in callbacks, compensations. */
import { z } from 'zod';
import { ofWork } from './dag-file-attempts.ts';
import {
  checkPython,
  functionTask,
  hasOneSource,
  oneSource,
  python,
  script,
} from './dag-file-code.ts';
import { checkDocker, checkKubernetes, docker, kubernetes } from './dag-file-containers.ts';
import {
  dagName,
  describe,
  description,
  expression,
  givenParams,
  named,
  taskName,
} from './dag-file-kit.ts';
import { dagFileLimits as most } from './dag-file-limits.ts';
import { checkEmail, email, notify } from './dag-file-messages.ts';
import { hasHost, hostMissing, http } from './dag-file-request.ts';
import { paramsBesideOneText, paramsOfList, sql } from './dag-file-sql.ts';
import { strict } from './schema-kit.ts';

const text = z.string().min(1).max(most.commandCharacters);

export const shell = {
  type: z.literal('shell'),
  command: text.meta(describe('Given to `sh -c`.')),
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
  strict({ ...shell, ...inlineCommon, ...ofWork }),
  strict({ ...script, ...inlineCommon, ...ofWork }).refine(hasOneSource, oneSource),
  strict({ ...python, ...inlineCommon, ...ofWork }).superRefine(checkPython),
  strict({ ...functionTask, ...inlineCommon, ...ofWork }).refine(hasOneSource, oneSource),
  strict({ ...http, ...inlineCommon, ...ofWork }).refine(hasHost, hostMissing),
  strict({ ...sql, ...inlineCommon, ...ofWork }).refine(paramsBesideOneText, paramsOfList),
  strict({ ...email, ...inlineCommon, ...ofWork }).superRefine(checkEmail),
  strict({ ...notify, ...inlineCommon, ...ofWork }),
  strict({ ...inlineCommon, ...ofWork, ...docker }).superRefine(checkDocker),
  strict({ ...inlineCommon, ...ofWork, ...kubernetes }).superRefine(checkKubernetes),
  strict({ ...noop, ...inlineCommon, ...ofWork }),
  strict({ ...subdag, ...inlineCommon }),
  strict({ ...trigger, ...inlineCommon }),
]);
export type DagFileInlineTask = z.output<typeof inlineTask>;

/** By its name, because a declaration file cannot spell out what would hold several of these. */
export const inline: z.ZodType<DagFileInlineTask> = inlineTask.meta(named('inlineTask'));

/** The id of a task that is in the file for this alone, or the task itself. */
export const compensate = z.union([taskName, inline]);
