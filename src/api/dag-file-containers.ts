/** Tasks that run in a container: of the node's engine, or as a Job of a Kubernetes cluster. */
import { z } from 'zod';
import {
  type DockerAction,
  type KubernetesAction,
  pullPolicies,
} from '../model/container-action.ts';
import { isJsonObject, type Json } from '../model/json.ts';
import { type Asking, toResources } from './dag-file-amounts.ts';
import { describe, json } from './dag-file-kit.ts';
import { dagFileLimits as most } from './dag-file-limits.ts';
import { scalarText, strict } from './schema-kit.ts';
import { splitWords } from './words.ts';

const argument = scalarText(most.commandCharacters);

/** A list of arguments, or a text that is split here and by no shell. */
const command = z
  .union([z.string().max(most.commandCharacters), z.array(argument).max(most.args)])
  .transform((value, context) => {
    if (typeof value !== 'string') return value;
    const words = splitWords(value);
    if (words.ok) return [...words.value];
    context.addIssue({ code: 'custom', message: words.error });
    return z.NEVER;
  });

const image = z
  .string()
  .max(1000)
  .regex(/^(\{\{|[a-zA-Z0-9])/, 'an image is named as in registry.example.com/team/loader:1.4');

/** Of the container, or of the node. */
const path = z
  .string()
  .max(4096)
  .regex(/^(\/|\{\{)/, 'a path is absolute: it begins with "/"');

const word = z.string().min(1).max(250);

const mount = strict({
  source: path.meta(describe('A path of the executing node.')),
  target: path.meta(describe('Where the container sees it.')),
  readOnly: z.boolean().optional().meta(describe('false: the container may write there (true).')),
});

export const docker = {
  type: z.literal('docker'),
  image: image.meta(describe('Fetched by the engine of the executing node.')),
  command: command
    .optional()
    .meta(describe('Arguments, or a text that is split at spaces; no shell reads it.')),
  entrypoint: command.optional().meta(describe('In the place of that of the image.')),
  mounts: z.array(mount).max(most.mounts).optional(),
  network: word.optional().meta(describe('bridge, none, host, or a network of the engine.')),
  user: word.optional().meta(describe('In the container: a name or an id, or user:group.')),
  workdir: path.optional().meta(describe('In the container; that of the image unless said.')),
  pull: z.enum(pullPolicies).optional().meta(describe('When the image is fetched (missing).')),
};

/** A name of Kubernetes (RFC 1123). */
const dnsName = z
  .string()
  .max(253)
  .regex(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/, 'small letters, digits, "-" and "."');

const pod = json
  .refine((value) => isJsonObject(value), 'a pod template is a map: `metadata` and `spec`')
  .refine(
    (value) => JSON.stringify(value).length <= most.podCharacters,
    `is too long: at most ${most.podCharacters} characters as JSON`,
  );

export const kubernetes = {
  type: z.literal('kubernetes'),
  image: image.optional().meta(describe('Unless the pod template names it.')),
  command: command.optional().meta(describe('In the place of the entry point of the image.')),
  args: command.optional().meta(describe('Arguments, or a text that is split at spaces.')),
  namespace: dnsName.optional().meta(describe('Of Kubernetes; that of the node unless said.')),
  serviceAccount: dnsName.optional(),
  pull: z.enum(pullPolicies).optional(),
  pod: pod.optional().meta(describe('A pod template, beneath what the task says itself.')),
};

type Said<S extends z.core.$ZodShape> = z.output<z.ZodObject<S>>;
type WithDirectory = { readonly cwd?: string | undefined };

const refuseDirectory = (task: WithDirectory, context: z.RefinementCtx, advice: string): void => {
  if (task.cwd === undefined) return;
  const message = `\`cwd\` is a directory of a node: ${advice}`;
  context.addIssue({ code: 'custom', message, path: ['cwd'] });
};

export const checkDocker = (task: WithDirectory, context: z.RefinementCtx): void =>
  refuseDirectory(task, context, 'in a container it is `workdir`');

export function checkKubernetes(
  task: Said<typeof kubernetes> & WithDirectory,
  context: z.RefinementCtx,
): void {
  refuseDirectory(task, context, 'say `workingDir` of the container in `pod`');
  if (task.image === undefined && task.pod === undefined) {
    context.addIssue({ code: 'custom', message: 'say `image`, or name one in `pod`', path: [] });
  }
}

export const dockerAction = (task: Said<typeof docker>): DockerAction => ({
  kind: 'docker',
  image: task.image,
  command: task.command ?? null,
  entrypoint: task.entrypoint ?? null,
  mounts: (task.mounts ?? []).map(({ source, target, readOnly = true }) => ({
    source,
    target,
    readOnly,
  })),
  network: task.network ?? null,
  user: task.user ?? null,
  workdir: task.workdir ?? null,
  pull: task.pull ?? 'missing',
});

export const kubernetesAction = (task: Said<typeof kubernetes> & Asking): KubernetesAction => ({
  kind: 'kubernetes',
  image: task.image ?? null,
  command: task.command ?? null,
  args: task.args ?? null,
  namespace: task.namespace ?? null,
  serviceAccount: task.serviceAccount ?? null,
  pull: task.pull ?? null,
  requests: toResources(task.resources),
  limits: toResources(task.limits),
  pod: podOf(task.pod),
});

const podOf = (pod: Json | undefined): KubernetesAction['pod'] =>
  pod !== undefined && isJsonObject(pod) ? pod : null;
