/** The artifacts of an attempt in a container: its working directory is mounted there. */
import type { Cancellable } from '../../../base/ports.ts';
import type { Dispatch } from '../../../model/protocol.ts';
import { type AttemptArtifacts, noStore, unfit } from '../../attempt-artifacts.ts';
import type { RunResult } from '../../runner.ts';

export interface Carrying {
  readonly artifacts: AttemptArtifacts | undefined;
  readonly dispatch: Dispatch;
  readonly directory: string;
  /** Aborted: the attempt is to end. */
  readonly stop: AbortSignal;
}

/** Undefined when all inputs are there; else how the attempt ends. */
export async function bringInputs(carrying: Carrying): Promise<RunResult | undefined> {
  const { artifacts, dispatch, directory, stop } = carrying;
  if (dispatch.inputs === undefined) return undefined;
  if (artifacts === undefined) return unfit(noStore);
  const flaw = await until(stop, (done: Parameters<AttemptArtifacts['bring']>[2]) =>
    artifacts.bring(dispatch, { directory, user: undefined }, done),
  );
  return flaw && unfit(flaw);
}

/** A success that has not left what it promised is none. */
export async function keepArtifacts(carrying: Carrying, result: RunResult): Promise<RunResult> {
  const { artifacts, dispatch, directory, stop } = carrying;
  if (dispatch.artifacts === undefined || result.outcome !== 'success') return result;
  if (artifacts === undefined) return unfit(noStore);
  const kept = await until(stop, (done: Parameters<AttemptArtifacts['keep']>[2]) =>
    artifacts.keep(dispatch, { directory }, done),
  );
  if (kept.ok) return { ...result, artifacts: kept.value };
  return { ...unfit(kept.error), exitCode: result.exitCode };
}

function until<T>(
  stop: AbortSignal,
  begin: (done: (result: T) => void) => Cancellable,
): Promise<T> {
  return new Promise((resolve) => {
    const carrying = begin((result) => {
      stop.removeEventListener('abort', cancel);
      resolve(result);
    });
    const cancel = (): void => carrying.cancel();
    stop.addEventListener('abort', cancel);
    if (stop.aborted) cancel();
  });
}
