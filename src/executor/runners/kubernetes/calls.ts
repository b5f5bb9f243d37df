/** The calls of the API that a Job needs. */
import type { Readable } from 'node:stream';
import type { JsonObject } from '../../../model/json.ts';
import { type KubernetesApi, KubernetesError } from './api.ts';
import { labelSelector } from './names.ts';
import type { KubernetesJob, KubernetesList, KubernetesPod } from './objects.ts';
import { taskContainer } from './pod-state.ts';

export interface Named {
  readonly namespace: string;
  readonly name: string;
}

type Labels = Readonly<Record<string, string>>;

const jobsPath = (namespace: string): string => `/apis/batch/v1/namespaces/${namespace}/jobs`;
const podsPath = (namespace: string): string => `/api/v1/namespaces/${namespace}/pods`;

export const createJob = (
  api: KubernetesApi,
  namespace: string,
  body: JsonObject,
): Promise<KubernetesJob> => api.call({ method: 'POST', path: jobsPath(namespace), body });

/** One that is there already has come from a request whose answer was lost. */
export async function createSecret(
  api: KubernetesApi,
  namespace: string,
  body: JsonObject,
): Promise<void> {
  try {
    await api.call({ method: 'POST', path: `/api/v1/namespaces/${namespace}/secrets`, body });
  } catch (error) {
    if (!(error instanceof KubernetesError) || error.status !== 409) throw error;
  }
}

export const readJob = (api: KubernetesApi, { namespace, name }: Named): Promise<KubernetesJob> =>
  api.call({ method: 'GET', path: `${jobsPath(namespace)}/${name}` });

/** With its pods: it is gone when they are. One that is not there is fine. */
export const deleteJob = (api: KubernetesApi, { namespace, name }: Named): Promise<void> =>
  deleting(api, jobsPath(namespace), name, { propagationPolicy: 'Foreground' });

/** Its containers are killed after so long; the pod is gone when they are. */
export const deletePod = (
  api: KubernetesApi,
  { namespace, name }: Named,
  gracePeriodSeconds: number,
): Promise<void> => deleting(api, podsPath(namespace), name, { gracePeriodSeconds });

async function deleting(
  api: KubernetesApi,
  path: string,
  name: string,
  options: JsonObject,
): Promise<void> {
  const body = { apiVersion: 'v1', kind: 'DeleteOptions', ...options };
  try {
    await api.call({ method: 'DELETE', path: `${path}/${name}`, body });
  } catch (error) {
    if (!isAbsent(error, name)) throw error;
  }
}

/** The API server itself says that there is none by this name. */
export const isAbsent = (error: unknown, name: string): boolean =>
  error instanceof KubernetesError && error.absentName === name;

/** A page of Jobs, each with the 200 KiB of a context, stays well below what an answer may have. */
const pageItems = 50;

/** All of them: what a node has left behind may be more than fits one answer. */
export const jobsIn = (
  api: KubernetesApi,
  namespace: string,
  labels: Labels,
): AsyncGenerator<KubernetesJob> => itemsOf(api, jobsPath(namespace), labels);

export const podsIn = (
  api: KubernetesApi,
  namespace: string,
  labels: Labels,
): AsyncGenerator<KubernetesPod> => itemsOf(api, podsPath(namespace), labels);

async function* itemsOf<T>(api: KubernetesApi, path: string, labels: Labels): AsyncGenerator<T> {
  const first = { labelSelector: labelSelector(labels), limit: String(pageItems) };
  for (let from: string | undefined = ''; from !== undefined; ) {
    const query = from === '' ? first : { ...first, continue: from };
    const page: KubernetesList<T> = await api.call({ method: 'GET', path, query });
    yield* page.items;
    from = page.metadata?.continue || undefined;
  }
}

/** Those of one attempt. */
export const podsOf = (
  api: KubernetesApi,
  namespace: string,
  labels: Labels,
): Promise<KubernetesList<KubernetesPod>> =>
  api.call({
    method: 'GET',
    path: podsPath(namespace),
    query: { labelSelector: labelSelector(labels) },
  });

/** Resolves when something has happened to one of the pods, or after so long, or by `signal`. */
export async function nextChange(
  api: KubernetesApi,
  namespace: string,
  watched: { readonly labels: Labels; readonly resourceVersion: string; readonly seconds: number },
  signal: AbortSignal,
): Promise<void> {
  const query = {
    watch: 'true',
    labelSelector: labelSelector(watched.labels),
    resourceVersion: watched.resourceVersion,
    timeoutSeconds: String(watched.seconds),
  };
  const path = podsPath(namespace);
  const stream = await api.stream({ method: 'GET', path, query }, signal);
  // The first line is enough: what is true now, the next list says.
  await firstBytes(stream);
}

const firstBytes = (stream: Readable): Promise<void> =>
  new Promise((resolve) => {
    const done = (): void => {
      stream.destroy();
      resolve();
    };
    stream.once('data', done);
    stream.once('end', done);
    stream.once('close', done);
    stream.on('error', done);
  });

export function followLog(
  api: KubernetesApi,
  { namespace, name }: Named,
  since: string | undefined,
  signal: AbortSignal,
): Promise<Readable> {
  const query = {
    container: taskContainer,
    follow: 'true',
    timestamps: 'true',
    ...(since !== undefined && { sinceTime: since }),
  };
  return api.stream({ method: 'GET', path: `${podsPath(namespace)}/${name}/log`, query }, signal);
}
