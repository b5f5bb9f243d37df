/** The directory of a node. What lies in it is for the node alone: logs, params, outputs. */
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';

const ownersOnly = 0o700;
/** Tasks that run as another user must get to their own directories. */
const enterable = 0o755;

/** One that is there already stays as its owner has made it. Rejects with what the disk says. */
export async function makeDataDir(
  dataDir: string,
  tasks: { readonly taskUser: string | null },
): Promise<void> {
  // Those above it belong to whoever shares them.
  await mkdir(dirname(dataDir), { recursive: true });
  await mkdir(dataDir, { recursive: true, mode: tasks.taskUser === null ? ownersOnly : enterable });
}
