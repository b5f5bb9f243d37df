/** What the pods of a Job say of its attempt, in the words of the runner. */
import type { ContainerStatus, KubernetesJob, KubernetesPod } from './objects.ts';

/** The container that runs the task; a pod template may bring others. */
export const taskContainer = 'task';

/** Why a container does not start. */
export interface PodProblem {
  readonly errorClass: 'image_missing' | 'not_started';
  readonly message: string;
  /** It cannot become better by itself. */
  readonly isFinal: boolean;
}

export type PodState =
  /** There is none: not yet, or not any more. */
  | { readonly kind: 'absent' }
  | {
      readonly kind: 'waiting';
      readonly name: string;
      readonly isDeleted: boolean;
      readonly problem: PodProblem | null;
    }
  | { readonly kind: 'running'; readonly name: string; readonly isDeleted: boolean }
  | {
      readonly kind: 'ended';
      readonly name: string;
      readonly exitCode: number;
      readonly outOfMemory: boolean;
      /** What it wrote to its termination message. */
      readonly message: string;
    }
  /** It has failed as a pod, whatever its container did: evicted, preempted, past its deadline. */
  | { readonly kind: 'failed'; readonly reason: string; readonly message: string };

export function podState(pods: readonly KubernetesPod[]): PodState {
  const [pod] = pods;
  if (pod === undefined) return { kind: 'absent' };
  const { name = '', deletionTimestamp } = pod.metadata;
  const { phase, reason, message = '', containerStatuses = [] } = pod.status ?? {};
  // A reason of the pod itself is the kubelet's: it has ended the containers, which may say 0.
  if (phase === 'Failed' && reason !== undefined) return { kind: 'failed', reason, message };
  const task = containerStatuses.find((status) => status.name === taskContainer);
  const ended = task?.state?.terminated;
  if (ended !== undefined) {
    const { exitCode, message: output = '' } = ended;
    const outOfMemory = ended.reason === 'OOMKilled';
    return { kind: 'ended', name, exitCode, outOfMemory, message: output };
  }
  if (phase === 'Failed') return { kind: 'failed', reason: phase, message };
  const isDeleted = deletionTimestamp !== undefined;
  if (task?.state?.running !== undefined) return { kind: 'running', name, isDeleted };
  const all = [...(pod.status?.initContainerStatuses ?? []), ...containerStatuses];
  const problem = all.map(problemOf).find((found) => found !== null);
  return { kind: 'waiting', name, isDeleted, problem: problem ?? null };
}

/** Reasons of a container that waits, and whether waiting may help. */
const waitingReasons: Readonly<Record<string, readonly [PodProblem['errorClass'], boolean]>> = {
  InvalidImageName: ['image_missing', true],
  ErrImageNeverPull: ['image_missing', true],
  ErrImagePull: ['image_missing', false],
  ImagePullBackOff: ['image_missing', false],
  ImageInspectError: ['image_missing', false],
  CreateContainerConfigError: ['not_started', false],
  CreateContainerError: ['not_started', false],
  RunContainerError: ['not_started', false],
};

function problemOf({ state }: ContainerStatus): PodProblem | null {
  const { reason = '', message = '' } = state?.waiting ?? {};
  const [errorClass, isFinal] = waitingReasons[reason] ?? [];
  if (errorClass === undefined || isFinal === undefined) return null;
  return { errorClass, isFinal, message: message === '' ? reason : `${reason}: ${message}` };
}

/** Why a Job has failed as a whole, or will have when its pods are gone; undefined: it has not. */
export function jobFailure(job: KubernetesJob): { reason: string; message: string } | undefined {
  const found = job.status?.conditions?.find(
    ({ type, status }) => ['Failed', 'FailureTarget'].includes(type) && status === 'True',
  );
  if (found === undefined) return undefined;
  return { reason: found.reason ?? 'Failed', message: found.message ?? '' };
}
