/**
 * An attempt as a Job: one pod, tried once, because retries are Skein's. What the task says lies
 * over what its pod template says; the rest of the template stays as it is.
 *
 * The context reaches the task as a file made of an annotation (so no other object is needed, and
 * nothing of it outlives the pod), the output leaves it as the container's termination message.
 */
import { fail, ok, type Result } from '../../../base/result.ts';
import type { KubernetesAction, PullPolicy } from '../../../model/container-action.ts';
import { isJsonList, isJsonObject, type Json, type JsonObject } from '../../../model/json.ts';
import type { Dispatch } from '../../../model/protocol.ts';
import { milliPerUnit, type Resources } from '../../../model/resources.ts';
import { contextJson, taskEnvironment } from '../../context.ts';
import type { Work } from '../../runner.ts';
import { workspaceIn } from '../../workspace.ts';
import { type ContainerOwner, containerName, labelsOf } from '../container-owner.ts';
import { labelValue } from './names.ts';
import type { KubernetesMeta } from './objects.ts';
import { taskContainer } from './pod-state.ts';

/** All annotations of an object together take 256 KiB at most; a template may bring some. */
export const contextBytesMax = 200 * 1024;
/** What Kubernetes keeps of a termination message. */
export const outputBytesKept = 4096;

const insidePath = '/skein';
const contextFolder = `${insidePath}/context`;
const contextVolume = 'skein-context';
const contextKey = 'skein.dev/context';
/** Beyond the task's own time limit: for a place in the cluster, and for the image. */
const pendingSeconds = 600;
/** A Job whose node never comes back goes by itself, once it has ended. */
const keepSeconds = 86_400;

export interface JobPlan {
  readonly dispatch: Work;
  readonly action: KubernetesAction;
  readonly owner: ContainerOwner;
}

/**
 * Of the attempt alone, not of the life: a Job that is there already is this attempt's own, made by
 * a request whose answer was lost.
 */
export const jobName = ({ dispatch, owner }: JobPlan): string =>
  containerName(dispatch, [owner.cluster]);

/** The error is a sentence: nothing that is tried again would be smaller. */
export function jobManifest(plan: JobPlan): Result<JsonObject, string> {
  const { dispatch, action, owner } = plan;
  const context = contextWithin(dispatch);
  if (context === undefined) {
    return fail(`its params take more than the ${contextBytesMax} bytes that a pod can be given`);
  }
  const all = labelsOf(dispatch, owner);
  const labels = Object.fromEntries(
    Object.entries(all).map(([key, value]) => [key, labelValue(value)]),
  );
  const template = action.pod ?? {};
  const meta = objectAt(template, 'metadata');
  const { timeoutMs } = dispatch;
  const seconds = timeoutMs === null ? null : Math.ceil(timeoutMs / 1000) + pendingSeconds;
  return ok({
    apiVersion: 'batch/v1',
    kind: 'Job',
    // Ids in full, where people read them: a label may have had to shorten them.
    metadata: { name: jobName(plan), labels, annotations: { ...all } },
    spec: {
      backoffLimit: 0,
      completions: 1,
      parallelism: 1,
      ttlSecondsAfterFinished: keepSeconds,
      ...(seconds !== null && { activeDeadlineSeconds: seconds }),
      template: {
        metadata: {
          ...meta,
          labels: { ...objectAt(meta, 'labels'), ...labels },
          annotations: { ...objectAt(meta, 'annotations'), [contextKey]: context },
        },
        spec: podSpec(plan, objectAt(template, 'spec')),
      },
    },
  });
}

/**
 * What the attempt's connections hold. It is the Job's: it goes with it, whoever deletes that.
 * Null: the attempt has no connections.
 */
export function secretManifest(plan: JobPlan, job: KubernetesMeta): JsonObject | null {
  const { opened } = plan.dispatch;
  if (opened === undefined) return null;
  const name = jobName(plan);
  const owner = { apiVersion: 'batch/v1', kind: 'Job', name, uid: job.uid ?? '' };
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    type: 'Opaque',
    metadata: { name, labels: job.labels ?? {}, ownerReferences: [owner] },
    stringData: opened.variables,
  };
}

function podSpec(plan: JobPlan, template: JsonObject): JsonObject {
  const { action } = plan;
  const containers = listAt(template, 'containers').filter(isJsonObject);
  const own = containers.find(({ name }) => name === taskContainer) ?? {};
  const others = containers.filter(({ name }) => name !== taskContainer);
  const path = 'context.json';
  const fieldRef = { fieldPath: `metadata.annotations['${contextKey}']` };
  const volume = { name: contextVolume, downwardAPI: { items: [{ path, fieldRef }] } };
  return {
    ...template,
    restartPolicy: 'Never',
    ...(action.serviceAccount !== null && { serviceAccountName: action.serviceAccount }),
    volumes: [...listAt(template, 'volumes'), volume],
    containers: [container(plan, own), ...others],
  };
}

function container(plan: JobPlan, template: JsonObject): JsonObject {
  const { dispatch, action } = plan;
  const secrets = dispatch.opened?.variables ?? {};
  const output = `${insidePath}/output.json`;
  const context = `${contextFolder}/context.json`;
  const workspace = { ...workspaceIn(insidePath), context, output };
  const env = Object.entries(taskEnvironment(dispatch, { workspace, inherited: {} }));
  const resources = objectAt(template, 'resources');
  return {
    ...template,
    name: taskContainer,
    ...(action.image !== null && { image: action.image }),
    ...(action.command !== null && { command: action.command.map(literal) }),
    ...(action.args !== null && { args: action.args.map(literal) }),
    ...(action.pull !== null && { imagePullPolicy: pullPolicies[action.pull] }),
    // Of two with the same name the last one counts.
    env: [
      ...listAt(template, 'env'),
      ...env.map(([name, value]) =>
        Object.hasOwn(secrets, name)
          ? { name, valueFrom: { secretKeyRef: { name: jobName(plan), key: name } } }
          : { name, value: literal(value) },
      ),
    ],
    resources: {
      ...resources,
      requests: { ...objectAt(resources, 'requests'), ...quantities(action.requests) },
      limits: { ...objectAt(resources, 'limits'), ...quantities(action.limits) },
    },
    volumeMounts: [
      ...listAt(template, 'volumeMounts'),
      { name: contextVolume, mountPath: contextFolder, readOnly: true },
    ],
    terminationMessagePath: output,
    terminationMessagePolicy: 'File',
  };
}

const pullPolicies: Readonly<Record<PullPolicy, string>> = {
  missing: 'IfNotPresent',
  always: 'Always',
  never: 'Never',
};

/** Kubernetes puts variables in the place of `$(NAME)`, and one `$` in the place of two. */
const literal = (text: string): string => text.replaceAll('$', '$$$$');

/** Dimensions of Skein that Kubernetes has by another name, and in another unit. */
function quantities(amounts: Resources): JsonObject {
  const found: Record<string, string> = {};
  for (const [name, amount] of Object.entries(amounts)) {
    if (name === 'cpu') found.cpu = `${amount}m`;
    else if (name === 'memory') found.memory = String(amount);
    else if (name === 'disk') found['ephemeral-storage'] = String(amount);
    else if (name === 'gpu') found['nvidia.com/gpu'] = String(Math.ceil(amount / milliPerUnit));
    else if (name !== 'slots') found[name] = String(Math.ceil(amount / milliPerUnit));
  }
  return found;
}

/**
 * Outputs that are too large for a pod are named instead, as those too large for a dispatch are.
 */
function contextWithin(dispatch: Dispatch): string | undefined {
  const { upstream, upstreamOmitted = [] } = dispatch;
  const whole = contextJson(dispatch);
  if (Buffer.byteLength(whole) <= contextBytesMax) return whole;
  const names = Object.keys(upstream).filter(isTaskId);
  const bare = contextJson({
    ...dispatch,
    upstream: {},
    upstreamOmitted: [...upstreamOmitted, ...names],
  });
  return Buffer.byteLength(bare) <= contextBytesMax ? bare : undefined;
}

/** Keys of a record lose their brand in `Object.keys`; this gives it back without a cast. */
const isTaskId = (key: string): key is NonNullable<Dispatch['upstreamOmitted']>[number] =>
  key !== '';

function objectAt(object: JsonObject, key: string): JsonObject {
  const value: Json | undefined = object[key];
  return value !== undefined && isJsonObject(value) ? value : {};
}

function listAt(object: JsonObject, key: string): readonly Json[] {
  const value: Json | undefined = object[key];
  return value !== undefined && isJsonList(value) ? value : [];
}
