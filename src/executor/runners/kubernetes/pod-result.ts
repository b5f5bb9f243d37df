/** How a pod ended, as a result of its attempt. */
import { ok } from '../../../base/result.ts';
import { checkOutput } from '../../output.ts';
import { failedWith, type RunResult, succeeded } from '../../runner.ts';
import { exitResult } from '../container-result.ts';
import { outputBytesKept } from './job-manifest.ts';
import type { PodState } from './pod-state.ts';

const retry = { retryable: true } as const;

export interface PodEnd {
  readonly state: Extract<PodState, { kind: 'ended' }>;
  /** The end of its log: Kubernetes does not keep stderr apart. */
  readonly tail: Uint8Array;
  readonly memoryBytes: number | undefined;
}

export function containerResult({ state, tail, memoryBytes }: PodEnd): RunResult {
  const { exitCode: code, outOfMemory, message } = state;
  if (code !== 0) return exitResult({ code, outOfMemory, memoryBytes }, tail);
  const bytes = new TextEncoder().encode(message);
  if (bytes.length >= outputBytesKept) {
    const error = `its output is longer than the ${outputBytesKept - 1} bytes that a pod can give`;
    return { ...failedWith(error, { ...retry, errorClass: 'output_too_large' }), exitCode: 0 };
  }
  const output = checkOutput(ok({ bytes, sizeBytes: bytes.length }));
  if (output.ok) return { ...succeeded(output.value), exitCode: 0 };
  const { message: flaw, errorClass } = output.error;
  return { ...failedWith(flaw, { ...retry, errorClass }), exitCode: 0 };
}

/** What Kubernetes itself has ended; `what` is a pod or a Job. */
export function failureResult(
  what: 'pod' | 'Job',
  { reason, message }: { readonly reason: string; readonly message: string },
): RunResult {
  const why = message === '' ? reason : `${reason}: ${message}`;
  return failedWith(`its ${what} failed: ${why}`, { ...retry, errorClass: classOf(reason) });
}

/** Words of Kubernetes -> classes of failures. */
function classOf(reason: string): string {
  switch (reason) {
    case 'DeadlineExceeded':
      return 'timeout';
    case 'Evicted':
    case 'Preempting':
    case 'NodeLost':
    case 'Shutdown':
    case 'Terminated':
    // Of a Job with one pod, which nobody has seen end.
    case 'BackoffLimitExceeded':
      return 'pod_lost';
    default:
      return 'pod_failed';
  }
}
