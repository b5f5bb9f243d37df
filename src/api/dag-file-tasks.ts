/** The types of tasks in a DAG file, groups apart. */
import { z } from 'zod';
import { artifactKeys } from './dag-file-artifacts.ts';
import { ofWork, retryKeys } from './dag-file-attempts.ts';
import { taskCommon, workCommon } from './dag-file-behaviour.ts';
import * as code from './dag-file-code.ts';
import * as containers from './dag-file-containers.ts';
import * as inline from './dag-file-inline.ts';
import {
  awaitedAsset,
  dagName,
  describe,
  endStates,
  exactlyOne,
  expression,
  httpUrl,
  lineTemplate,
  oneOrMoreTasks,
  subject,
  watchedPath,
} from './dag-file-kit.ts';
import { dagFileLimits as most } from './dag-file-limits.ts';
import { checkEmail, email, notify } from './dag-file-messages.ts';
import { formFields } from './dag-file-params.ts';
import { hasHost, hostMissing, http, requestKeys } from './dag-file-request.ts';
import { paramsBesideOneText, paramsOfList, sql } from './dag-file-sql.ts';
import { positiveDuration, strict } from './schema-kit.ts';

/** Of tasks whose working directory is theirs, and on the node. */
const ownFiles = { ...workCommon, ...artifactKeys };
const shellTask = strict({ ...inline.shell, ...ownFiles });
const scriptTask = strict({ ...code.script, ...ownFiles }).refine(
  code.hasOneSource,
  code.oneSource,
);
const pythonTask = strict({ ...code.python, ...ownFiles }).superRefine(code.checkPython);
const functionTask = strict({ ...code.functionTask, ...ownFiles }).refine(
  code.hasOneSource,
  code.oneSource,
);
const httpTask = strict({ ...http, ...workCommon }).refine(hasHost, hostMissing);
const sqlTask = strict({ ...sql, ...workCommon }).refine(paramsBesideOneText, paramsOfList);
const emailTask = strict({ ...email, ...workCommon }).superRefine(checkEmail);
const notifyTask = strict({ ...notify, ...workCommon });
// Their own keys count: `user` is one of the container, not of the node.
const dockerTask = strict({ ...ownFiles, ...containers.docker }).superRefine(
  containers.checkDocker,
);
const kubernetesTask = strict({ ...workCommon, ...containers.kubernetes }).superRefine(
  containers.checkKubernetes,
);
const noopTask = strict({ ...inline.noop, ...workCommon });

/** `conditional` is another word for `branch`. */
const branchTask = strict({
  type: z.literal(['branch', 'conditional']),
  ...taskCommon,
  condition: expression.meta(describe('Chooses between `then` and `else`.')),
  // Promise-like objects have a `then` that is a function; this one is a text or a list.
  // biome-ignore lint/suspicious/noThenProperty: it is the name of a key in the file
  then: oneOrMoreTasks.optional().meta(describe('Children that are followed where it is true.')),
  else: oneOrMoreTasks.optional().meta(describe('Children that are followed where it is false.')),
  shortCircuit: z
    .boolean()
    .optional()
    .meta(describe('true: where nothing is followed, all that is downstream is skipped (false).')),
});

const waitTask = strict({
  type: z.literal('wait'),
  for: positiveDuration.optional().meta(describe('So long.')),
  until: lineTemplate
    .optional()
    .meta(describe('A date and time, a time of day (15:00), or a template that gives one.')),
  timezone: z.string().max(64).optional().meta(describe('Of a time of day (UTC).')),
  ...taskCommon,
}).refine(exactlyOne(['for', 'until']), { error: 'a wait has either `for` or `until`' });

const approvalTask = strict({
  type: z.literal('approval'),
  message: z.string().min(1).max(most.lineCharacters).meta(describe('What is asked.')),
  fields: formFields.optional().meta(describe('A form, like `params`; it becomes the output.')),
  onReject: z.enum(['fail', 'skip']).optional().meta(describe('After a no (fail).')),
  timeout: positiveDuration.optional().meta(describe('How long it waits for an answer.')),
  onTimeout: z.enum(['fail', 'skip', 'approve']).optional().meta(describe('After that (fail).')),
  ...taskCommon,
});

/** A run that fails may be started again. */
const childRun = {
  ...retryKeys,
  timeout: positiveDuration.optional().meta(describe('How long it waits for the run.')),
};
const subdagTask = strict({ ...inline.subdag, ...taskCommon, ...childRun });
const triggerTask = strict({ ...inline.trigger, ...taskCommon, ...childRun });

const httpLook = strict(requestKeys).refine(hasHost, hostMissing);

/** Looks again and again: these run on a node. */
const polled = ['file', 'http', 'command'] as const;
/** Is told: these take no slot at all. */
const pushed = ['subject', 'asset', 'dag'] as const;
const onNodes = Object.keys(ofWork).filter((key) => key !== 'timeout' && key !== 'retries');

const sensorTask = strict({
  type: z.literal('sensor'),
  file: watchedPath.optional().meta(describe('A file is there; may hold `*`.')),
  http: z.union([httpUrl, httpLook]).optional().meta(describe('A request succeeds.')),
  command: z
    .string()
    .min(1)
    .max(most.commandCharacters)
    .optional()
    .meta(describe('A shell command exits with 0.')),
  subject: subject.optional().meta(describe('A message comes on this NATS subject.')),
  filter: expression.optional().meta(describe('With `subject`: over `trigger`, the message.')),
  asset: awaitedAsset.optional().meta(describe('This asset is brought up to date.')),
  dag: dagName.optional().meta(describe('A run of this DAG ends.')),
  states: endStates.optional(),
  sameLogicalDate: z
    .boolean()
    .optional()
    .meta(describe('With `dag`: the run with the same logical date (true).')),
  every: positiveDuration.optional().meta(describe('Between two looks (30s).')),
  giveUp: positiveDuration.optional().meta(describe('So long it waits at most.')),
  onTimeout: z.enum(['fail', 'skip']).optional().meta(describe('After that (fail).')),
  ...workCommon,
})
  .refine(exactlyOne([...polled, ...pushed]), {
    error: `a sensor waits for one of ${[...polled, ...pushed].join(', ')}`,
  })
  .superRefine((task, context) => {
    const refuse = (key: string, message: string): void => {
      if (Object.hasOwn(task, key)) context.addIssue({ code: 'custom', path: [key], message });
    };
    if (task.subject === undefined) refuse('filter', '`filter` goes with `subject`');
    if (task.dag === undefined) {
      refuse('states', '`states` goes with `dag`');
      refuse('sameLogicalDate', '`sameLogicalDate` goes with `dag`');
    }
    for (const key of ['repeat', 'branch', 'retries', 'retryOn', 'noRetryOn'] as const) {
      refuse(key, `a sensor looks until it succeeds: it has no \`${key}\``);
    }
    if (polled.some((key) => task[key] !== undefined)) return;
    for (const key of ['every', 'timeout'] as const) {
      refuse(key, `this sensor is told and never looks: say \`giveUp\` instead of \`${key}\``);
    }
    for (const key of onNodes) refuse(key, `this sensor does not run on a node: remove \`${key}\``);
  });

/** Written down, because a declaration file cannot spell out a type of this length. */
type LeafTasks = readonly [
  typeof shellTask,
  typeof scriptTask,
  typeof pythonTask,
  typeof functionTask,
  typeof httpTask,
  typeof sqlTask,
  typeof emailTask,
  typeof notifyTask,
  typeof dockerTask,
  typeof kubernetesTask,
  typeof noopTask,
  typeof branchTask,
  typeof waitTask,
  typeof approvalTask,
  typeof subdagTask,
  typeof triggerTask,
  typeof sensorTask,
];

export const leafTasks: LeafTasks = [
  shellTask,
  scriptTask,
  pythonTask,
  functionTask,
  httpTask,
  sqlTask,
  emailTask,
  notifyTask,
  dockerTask,
  kubernetesTask,
  noopTask,
  branchTask,
  waitTask,
  approvalTask,
  subdagTask,
  triggerTask,
  sensorTask,
];

export type DagFileLeaf = z.output<LeafTasks[number]>;
