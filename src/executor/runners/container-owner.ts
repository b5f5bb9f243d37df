/**
 * Whose a container is: names and labels, so that a later life of the same node finds what an
 * earlier one has left behind, and nobody else touches it.
 */
import { createHash } from 'node:crypto';
import type { Dispatch } from '../../model/protocol.ts';
import { instanceKey } from '../attempt-key.ts';

/** One life of one node's executor. */
export interface ContainerOwner {
  /** The cluster's id, not its name: two clusters on one machine may both be called `main`. */
  readonly cluster: string;
  readonly node: string;
  readonly life: string;
}

/** A DNS-1123 label (RFC 1123): what Kubernetes takes for the name of a Job. */
export const nameCharactersMax = 63;

const hashCharacters = 12;

/**
 * `daily-report-load-7-3f9a0c1d2e4b`: as much of the ids as fits for people, the token, and a hash
 * of everything that tells attempts apart. `scope` is what else does.
 */
export function containerName(dispatch: Dispatch, scope: readonly string[]): string {
  const { id, dagId } = dispatch;
  const identity = [...scope, instanceKey(id), String(id.token)].join('\n');
  const hash = createHash('sha256').update(identity).digest('hex').slice(0, hashCharacters);
  const end = `-${id.token}-${hash}`;
  const words = slug(`${dagId}-${id.taskId}`).slice(0, nameCharactersMax - end.length);
  // A name begins and ends with a letter or a digit; the ids may consist of neither.
  return `${words.replace(/-+$/, '') || 'task'}${end}`;
}

const slug = (text: string): string =>
  text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replace(/^-+/, '');

/** Keys of labels. Those of a life come first; the others say what the container works on. */
export const labelKeys = {
  cluster: 'skein.dev/cluster',
  node: 'skein.dev/node',
  life: 'skein.dev/life',
  namespace: 'skein.dev/namespace',
  dag: 'skein.dev/dag',
  run: 'skein.dev/run',
  task: 'skein.dev/task',
  mapIndex: 'skein.dev/map-index',
  attempt: 'skein.dev/attempt',
  token: 'skein.dev/token',
} as const;

export const labelsOf = (
  dispatch: Dispatch,
  owner: ContainerOwner,
): Readonly<Record<string, string>> => ({
  [labelKeys.cluster]: owner.cluster,
  [labelKeys.node]: owner.node,
  [labelKeys.life]: owner.life,
  [labelKeys.namespace]: dispatch.id.namespace,
  [labelKeys.dag]: dispatch.dagId,
  [labelKeys.run]: dispatch.id.runId,
  [labelKeys.task]: dispatch.id.taskId,
  [labelKeys.mapIndex]: String(dispatch.id.mapIndex),
  [labelKeys.attempt]: String(dispatch.attempt),
  [labelKeys.token]: String(dispatch.id.token),
});
