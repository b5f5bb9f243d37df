/** How attempts run on a node: retries, resources, limits; what tasks and `defaults` may say. */
import { z } from 'zod';
import { connectionLimits, connectionVariable } from '../model/connection.ts';
import { limits } from '../model/limits.ts';
import { describe, env, labels, lineTemplate, named, resources } from './dag-file-kit.ts';
import { dagFileLimits as most } from './dag-file-limits.ts';
import { placingKeys } from './dag-file-placing.ts';
import { duration, idText, positiveDuration, strict } from './schema-kit.ts';

const countMax = 1_000_000;

const retryRule = strict({
  exitCodes: z.array(z.int().min(0).max(255)).min(1).max(most.retryCodes).optional(),
  errors: z
    .array(z.string().min(1).max(250))
    .min(1)
    .max(most.retryCodes)
    .optional()
    .meta(describe('timeout, signal, http_503, or the name of an exception: ValueError.')),
})
  .refine((rule) => rule.exitCodes !== undefined || rule.errors !== undefined, {
    error: 'say `exitCodes`, `errors` or both',
  })
  .meta(named('failures'));

const key = lineTemplate.meta(
  describe('May be a template: what has the same key counts together.'),
);

/** How often a failure is tried again, and when. */
export const retryKeys = {
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
};

/** Of tasks that run on a node: each of their attempts takes a slot there. */
export const ofAttempts = {
  ...retryKeys,
  retryOn: retryRule.optional().meta(describe('Only these failures are tried again.')),
  noRetryOn: retryRule.optional().meta(describe('These failures are not tried again.')),
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
  pool: idText('a pool').optional().meta(describe('A named pool; an attempt takes slots of it.')),
  poolSlots: z.int().min(1).max(countMax).optional().meta(describe('Slots of the pool (1).')),
  concurrency: strict({ key, max: z.int().min(1).max(countMax) })
    .optional()
    .meta(describe('At most `max` attempts with this key at a time, in the whole cluster.')),
  rateLimit: strict({ key, max: z.int().min(1).max(countMax), per: positiveDuration })
    .optional()
    .meta(describe('At most `max` attempts with this key begin within `per`.')),
  priority: z.int().min(-1000).max(1000).optional().meta(describe('Added to the run’s (0).')),
  ...placingKeys,
};

/** Each is a variable of the process, so no two may have the same one. */
const connections = z
  .array(idText('a connection'))
  .min(1)
  .max(connectionLimits.ofTask)
  .refine(
    (names) => new Set(names.map(connectionVariable)).size === names.length,
    'two of these names are the same variable (SKEIN_CONN_…)',
  )
  .meta(describe('Connections that its attempts are given, as SKEIN_CONN_<NAME>; by name.'));

/** What a task says for itself, and `defaults` cannot: secrets go to whom names them. */
export const ofWork = { ...ofAttempts, connections: connections.optional() };
