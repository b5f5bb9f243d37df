/** What the node's configuration says about its tasks, in the executor's words. */
import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ok, type Result } from '../base/result.ts';
import type { ContainmentMode } from '../executor/processes/containment.ts';
import { findTaskUser } from '../executor/processes/task-user.ts';
import type { TaskSettings } from '../executor/task-limits.ts';
import type { ExecutorConfig } from './executor-link.ts';

/** Names whose control groups are whose: two nodes of one name have different data directories. */
export function ownerOf({ node, dataDir }: ExecutorConfig): string {
  const digest = createHash('sha256').update(resolve(dataDir)).digest('hex');
  return `${node}-${digest.slice(0, digestLength)}`;
}

const digestLength = 12;

/** The error is a sentence: the user that tasks shall run as is not to be had. */
export function taskSettings(
  { tasks, dataDir }: ExecutorConfig,
  mode: ContainmentMode,
): Result<TaskSettings, string> {
  const { taskUser, openFilesMax, fileBytesMax, workBytesMax } = tasks;
  const settings: TaskSettings = {
    capAtRequest: tasks.capAtRequest,
    processesMax: tasks.processesMax,
    removeWork: tasks.removeWork,
    ...(openFilesMax !== null && { openFilesMax }),
    ...(fileBytesMax !== null && { fileBytesMax }),
    ...(workBytesMax !== null && { workBytesMax }),
  };
  if (taskUser === null) return ok(settings);
  const directory = join(resolve(dataDir), 'attempts');
  mkdirSync(directory, { recursive: true });
  const user = findTaskUser(taskUser, { directory, mode });
  return user.ok ? ok({ ...settings, user: user.value }) : user;
}
