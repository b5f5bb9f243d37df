/** Callbacks in a DAG file: what happens when something has happened to a task or to the run. */
import { z } from 'zod';
import { inline } from './dag-file-inline.ts';
import {
  dagName,
  describe,
  exactlyOne,
  givenParams,
  httpBody,
  httpHeaders,
  httpMethods,
  httpUrl,
  named,
} from './dag-file-kit.ts';
import { dagFileLimits as most } from './dag-file-limits.ts';
import { positiveDuration, strict } from './schema-kit.ts';

const ways = ['webhook', 'dag', 'task'] as const;
/** Keys that only one of the ways knows. */
const companions: Readonly<Record<string, (typeof ways)[number]>> = {
  method: 'webhook',
  headers: 'webhook',
  body: 'webhook',
  timeout: 'webhook',
  params: 'dag',
};

const hook = strict({
  webhook: httpUrl.optional().meta(describe('An address that is told by a POST request.')),
  method: z.enum(httpMethods).optional(),
  headers: httpHeaders.optional(),
  body: httpBody.optional().meta(describe('A template; JSON of the run and the cause.')),
  timeout: positiveDuration.optional().meta(describe('Of one request (30s).')),
  dag: dagName.optional().meta(describe('A DAG of which a run is started.')),
  params: givenParams.optional().meta(describe('Of that run; values may be templates.')),
  task: inline.optional().meta(describe('A task of its own.')),
})
  .refine(exactlyOne(ways), { error: 'a callback is one of `webhook`, `dag` or `task`' })
  .superRefine((value, context) => {
    for (const [key, way] of Object.entries(companions)) {
      if (!Object.hasOwn(value, key) || Object.hasOwn(value, way)) continue;
      const message = `\`${key}\` goes with \`${way}\``;
      context.addIssue({ code: 'custom', path: [key], message });
    }
  })
  .meta(named('callback'));
export type DagFileHook = z.output<typeof hook>;

/** By its name, because a declaration file cannot spell out what holds so many of these. */
const hooks: z.ZodType<DagFileHook[]> = z
  .union([hook, z.array(hook).max(most.hooks)])
  .transform((value) => [value].flat());

/** Of tasks, and of `defaults`. */
export const hookKeys = {
  onSuccess: hooks.optional().meta(describe('When it has succeeded.')),
  onFailure: hooks.optional().meta(describe('When it has failed for good.')),
  onRetry: hooks.optional().meta(describe('When an attempt has failed and another one follows.')),
  onSlaMiss: hooks.optional().meta(describe('When its `sla` was missed.')),
};

/** Of a DAG: all that is said of a run. */
export const runHookKeys = {
  onSuccess: hooks.optional().meta(describe('When a run has succeeded.')),
  onFailure: hooks.optional().meta(describe('When a run has failed.')),
  onExit: hooks.optional().meta(describe('When a run has ended, whatever way.')),
  onSlaMiss: hooks.optional().meta(describe('When the `sla` of the run was missed.')),
  failover: dagName.optional().meta(describe('A DAG that is started when a run has failed.')),
};
