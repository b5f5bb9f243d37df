/** What a job asks for its attempt: its inputs before it begins, and what it leaves after. */
import type { Cancellable, ProcessUser } from '../base/ports.ts';
import type { Result } from '../base/result.ts';
import type { Artifact } from '../model/artifact.ts';
import type { Dispatch } from '../model/protocol.ts';
import { failedWith, type RunResult } from './runner.ts';

/** Why there is no artifact: a sentence, and its class for `retryOn`. */
export interface ArtifactFlaw {
  readonly message: string;
  readonly errorClass: 'artifact_missing' | 'artifact_invalid' | 'artifact_unavailable';
}

/**
 * `done` is called once, after the function has returned; soon after a cancel, with whatever.
 * `directory` is the working directory of the attempt.
 */
export interface AttemptArtifacts {
  /** Puts the inputs of the attempt into its directory, as files of `user`. */
  bring(
    dispatch: Dispatch,
    place: { readonly directory: string; readonly user: ProcessUser | undefined },
    done: (flaw: ArtifactFlaw | undefined) => void,
  ): Cancellable;
  /** The outputs of tasks upstream that are too large for a dispatch, as JSON text by task. */
  outputs(
    dispatch: Dispatch,
    done: (result: Result<Readonly<Record<string, string>>, ArtifactFlaw>) => void,
  ): Cancellable;
  /**
   * Keeps what the attempt has left, here and, if that is possible, on another node: what its task
   * names, and an output that is too large, which is a file.
   */
  keep(
    dispatch: Dispatch,
    place: { readonly directory: string; readonly output?: string },
    done: (result: Result<readonly Artifact[], ArtifactFlaw>) => void,
  ): Cancellable;
}

/** Of an executor without a store. */
export const noStore: ArtifactFlaw = {
  message: 'this node keeps no artifacts',
  errorClass: 'artifact_unavailable',
};

/** Another attempt, on another node or at another time, may do better. */
export const unfit = ({ message, errorClass }: ArtifactFlaw): RunResult =>
  failedWith(message, { retryable: true, errorClass });
