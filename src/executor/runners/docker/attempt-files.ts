/**
 * The files of an attempt that its container is given, made so that any user in it may use them.
 * Outside of it they are the node's: a mount needs no way through the directory that holds them, so
 * that one is closed to everybody else. A task of another user could write another's output there.
 */
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import type { Dispatch } from '../../../model/protocol.ts';
import { contextJson } from '../../context.ts';
import type { Workspace } from '../../workspace.ts';

export async function makeAttemptFiles(space: Workspace, dispatch: Dispatch): Promise<void> {
  await mkdir(space.directory, { recursive: true });
  await chmod(space.directory, 0o700);
  await mkdir(space.work, { recursive: true });
  await writeFile(space.context, contextJson(dispatch));
  // A file that is mounted must be there; an empty one is no output.
  await writeFile(space.output, '');
  // The mode of a new file passes through the umask; this one does not.
  await chmod(space.context, 0o644);
  await chmod(space.output, 0o666);
  await chmod(space.work, 0o777);
}
