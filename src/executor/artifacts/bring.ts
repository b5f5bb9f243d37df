/** Puts what an attempt is given into its working directory, before anything of it runs. */
import { execFile } from 'node:child_process';
import { chmod, constants, copyFile, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ProcessUser } from '../../base/ports.ts';
import { type ArtifactInput, pathFlaw } from '../../model/artifact.ts';
import type { ArtifactFlaw } from '../attempt-artifacts.ts';
import type { Fetcher } from './fetcher.ts';
import type { RunName } from './remote.ts';
import type { ArtifactStore } from './store.ts';
import { unpackFolder } from './tar.ts';

export interface BringOptions {
  readonly store: ArtifactStore;
  readonly fetcher: Fetcher;
  readonly run: RunName;
  readonly directory: string;
  readonly inputs: readonly ArtifactInput[];
  readonly user: ProcessUser | undefined;
  readonly signal: AbortSignal;
}

/** Undefined when all is in its place. */
export async function bringInputs(options: BringOptions): Promise<ArtifactFlaw | undefined> {
  const { inputs, run, fetcher, directory, user, signal } = options;
  const unavailable = (message: string) =>
    ({ message, errorClass: 'artifact_unavailable' }) as const;
  for (const input of inputs) {
    if (signal.aborted) return unavailable('stopped while its inputs were brought');
    // It was checked when the DAG was applied; here it becomes a name on a disk.
    if (pathFlaw(input.path) !== undefined) return unavailable('its input has no place');
    const fetched = await fetcher.fetch(input, run);
    if (!fetched.ok) return unavailable(`its input "${input.path}" ${fetched.error}`);
    try {
      await place(options, input);
    } catch (error) {
      return unavailable(`its input "${input.path}" cannot be put there: ${String(error)}`);
    }
  }
  const owned = user && (await handOver(directory, inputs, user));
  return owned === undefined ? undefined : unavailable(`its inputs cannot be its own: ${owned}`);
}

/** A copy: what a task does to it must not reach the store. Blocks are shared where they can be. */
async function place({ store, directory }: BringOptions, input: ArtifactInput): Promise<void> {
  const { sha256, kind, path } = input;
  const to = join(directory, path);
  if (kind === 'file') {
    await mkdir(dirname(to), { recursive: true });
    await copyFile(store.pathOf(sha256), to, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL);
    await chmod(to, 0o644);
    return;
  }
  await unpackFolder(store.bytesOf(sha256), to);
}

/** A tree of any size is the work of another program. */
function handOver(
  directory: string,
  inputs: readonly ArtifactInput[],
  { uid, gid }: ProcessUser,
): Promise<string | undefined> {
  const tops = new Set(inputs.map(({ path }) => join(directory, path.split('/')[0] ?? path)));
  const options = { env: { LC_ALL: 'C', PATH: '/usr/bin:/bin' }, cwd: '/' };
  const args = ['-R', '-h', `${uid}:${gid}`, '--', ...tops];
  return new Promise((resolve) => {
    execFile('chown', args, options, (error) => resolve(error?.message));
  });
}
