/** Event triggers in a DAG file: their schema, what they become, and what a schema cannot say. */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { unreachable } from '../base/assert.ts';
import { dagId } from '../base/brand.ts';
import type { EventSource, EventTrigger } from '../model/dag-trigger.ts';
import {
  awaitedAsset,
  dagName,
  describe,
  endStates,
  exactlyOne,
  expression,
  givenParams,
  labels,
  subject,
  watchedPath,
} from './dag-file-kit.ts';
import { dagFileLimits as most } from './dag-file-limits.ts';
import { expressionOf, pushCron, pushZone } from './dag-file-schedules.ts';
import type { Remark } from './remark.ts';
import { idText, positiveDuration, strict } from './schema-kit.ts';
import type { Path } from './source-document.ts';

const filter = expression.meta(describe('Over `trigger`: only events for which it is true count.'));

/** No message may show a secret, so these say what is wanted and nothing of what was given. */
const secret = z
  .string({ error: 'a secret is a text of 16 to 500 characters' })
  .refine((text) => text.length >= 16 && text.length <= 500, {
    error: 'a secret has 16 to 500 characters: make one with `openssl rand -hex 32`',
  })
  .meta(describe('Callers must know it; only its SHA-256 is kept.'));
const secretSha256 = z
  .string({ error: 'a digest is 64 hexadecimal digits' })
  .refine((text) => /^[0-9a-f]{64}$/.test(text), { error: 'a digest is 64 hexadecimal digits' })
  .meta(describe('Instead of `secret`: its SHA-256 in hexadecimal digits.'));

const webhook = strict({
  secret: secret.optional(),
  secretSha256: secretSha256.optional(),
  filter: filter.optional(),
}).refine((value) => value.secret === undefined || value.secretSha256 === undefined, {
  error: 'say `secret` or `secretSha256`, not both',
});

const kinds = ['webhook', 'subject', 'file', 'dag', 'asset', 'cron'] as const;
/** Keys that only one kind of source knows. */
const companions: Readonly<Record<string, (typeof kinds)[number]>> = {
  filter: 'subject',
  labels: 'file',
  states: 'dag',
  timezone: 'cron',
};

const sourceKeys = {
  webhook: webhook.optional().meta(describe('A request to /api/v1/hooks/NAMESPACE/DAG/NAME.')),
  subject: subject.optional().meta(describe('A message on a NATS subject.')),
  filter: filter.optional().meta(describe('With `subject`; of a webhook it stands inside.')),
  file: watchedPath.optional().meta(describe('A file appears or changes; may hold `*`.')),
  labels: labels.optional().meta(describe('With `file`: on nodes that carry all of these.')),
  dag: dagName.optional().meta(describe('A run of this DAG ends.')),
  states: endStates.optional(),
  asset: awaitedAsset.optional().meta(describe('A task that `produces` this asset succeeds.')),
  cron: z.string().max(250).optional().meta(describe('In `all` and `any`: the clock.')),
  timezone: z.string().max(64).optional(),
};

function companionIssues(value: object, context: z.core.$RefinementCtx): void {
  for (const [key, kind] of Object.entries(companions)) {
    if (!Object.hasOwn(value, key) || Object.hasOwn(value, kind)) continue;
    const message = `\`${key}\` goes with \`${kind}\``;
    context.issues.push({ code: 'custom', path: [key], message, input: value });
  }
}

const source = strict(sourceKeys)
  .refine(exactlyOne(kinds), { error: `a source is one of ${kinds.join(', ')}` })
  .superRefine(companionIssues);
type DagFileSource = z.output<typeof source>;

const sources = z.array(source).min(1).max(most.sources);

const trigger = strict({
  ...sourceKeys,
  name: idText('a trigger').optional().meta(describe('Unique in the DAG (trigger-1).')),
  all: sources.optional().meta(describe('Starts a run when each of these has come.')),
  any: sources.optional().meta(describe('Starts a run for each of these.')),
  window: positiveDuration
    .optional()
    .meta(describe('With `all`: events older than this are void.')),
  params: givenParams.optional().meta(describe('Of the run; values may be templates.')),
  whilePaused: z
    .enum(['keep', 'drop'])
    .optional()
    .meta(describe('What becomes of an event while the DAG is paused (keep).')),
})
  .refine(exactlyOne([...kinds, 'all', 'any']), {
    error: `a trigger is one of ${kinds.filter((kind) => kind !== 'cron').join(', ')}, all, any`,
  })
  .superRefine(companionIssues)
  .superRefine((value, context) => {
    const refuse = (key: 'window' | 'cron', message: string): void => {
      if (value[key] !== undefined) context.addIssue({ code: 'custom', path: [key], message });
    };
    if (value.all === undefined) refuse('window', '`window` goes with `all`');
    refuse('cron', 'the clock alone is a `schedule`; here it stands in `all` or `any`');
  });
type DagFileTrigger = z.output<typeof trigger>;

export const triggers = z.array(trigger).max(most.triggers);
type Triggers = z.output<typeof triggers> | undefined;

export const triggerSpecs = (declared: Triggers): readonly EventTrigger[] =>
  (declared ?? []).map((value, place) => ({
    name: nameOf(value, place),
    needs: value.all === undefined ? 'any' : 'all',
    sources: sourcesOf(value).map(sourceSpec),
    windowMs: value.window ?? null,
    params: value.params ?? {},
    whilePaused: value.whilePaused ?? 'keep',
  }));

const nameOf = (value: DagFileTrigger, place: number): string =>
  value.name ?? `trigger-${place + 1}`;

const sourcesOf = (value: DagFileTrigger): readonly DagFileSource[] =>
  value.all ?? value.any ?? [value];

function sourceSpec(value: DagFileSource): EventSource {
  const kind = kinds.find((key) => value[key] !== undefined) ?? 'webhook';
  switch (kind) {
    case 'webhook':
      return {
        kind,
        secretDigest: value.webhook?.secretSha256 ?? digestOf(value.webhook?.secret),
        filter: value.webhook?.filter ?? null,
      };
    case 'subject':
      return { kind, subject: value.subject ?? '', filter: value.filter ?? null };
    case 'file':
      return { kind, path: value.file ?? '', labels: value.labels ?? {} };
    case 'dag':
      return { kind, dagId: dagId(value.dag ?? ''), states: value.states ?? ['success'] };
    case 'asset':
      return { kind, uri: value.asset ?? '' };
    case 'cron':
      return {
        kind: 'time',
        cron: expressionOf(value.cron ?? ''),
        timezone: value.timezone ?? 'UTC',
      };
    default:
      return unreachable(kind);
  }
}

const digestOf = (text: string | undefined): string | null =>
  text === undefined ? null : createHash('sha256').update(text).digest('hex');

/** Names that come twice, cron expressions, time zones. */
export function triggerRemarks(declared: Triggers): readonly Remark[] {
  const remarks: Remark[] = [];
  const taken = new Set<string>();
  for (const [place, value] of (declared ?? []).entries()) {
    const path: Path = ['triggers', place];
    const name = nameOf(value, place);
    if (taken.has(name)) {
      const message = `there are two triggers of the name "${name}": give one of them another`;
      remarks.push({ code: 'DAG_INVALID', path: [...path, 'name'], message });
    }
    taken.add(name);
    const group = value.all === undefined ? 'any' : 'all';
    for (const [nth, part] of (value.all ?? value.any ?? []).entries()) {
      const at: Path = [...path, group, nth];
      if (part.cron !== undefined) pushCron(remarks, [...at, 'cron'], part.cron);
      if (part.timezone !== undefined) pushZone(remarks, [...at, 'timezone'], part.timezone);
    }
  }
  return remarks;
}
