/** How a node treats the processes of its tasks: the section `tasks` of its configuration. */
import { z } from 'zod';
import { parseSize } from '../base/duration.ts';
import { size, strict } from './schema-kit.ts';

const choice = z.union([
  z.boolean(),
  z.enum(['true', 'false']).transform((text) => text === 'true'),
]);

const count = (most: number) => z.coerce.number().int().min(1).max(most);

const sizeOrNone = z.string().transform((text, context) => {
  if (text === 'none') return 'none' as const;
  const parsed = parseSize(text);
  if (parsed.ok) return parsed.value;
  context.addIssue({ code: 'custom', message: `${parsed.error}, or none` });
  return z.NEVER;
});

export const tasksSection = strict({
  /** Tasks run as this user; only a node that runs as root can do that. */
  taskUser: z
    .string()
    .regex(/^[a-zA-Z_][a-zA-Z0-9_.-]{0,63}$/, 'the name of a user of this machine')
    .optional(),
  /** Where control groups are made: `auto`, `off`, or a group of version 2, as a path. */
  cgroup: z
    .string()
    .max(4096)
    .regex(/^(auto|off|\/.+)$/, 'auto, off, or the path of a control group of version 2')
    .default('auto'),
  /** Where a task says no limit of processor or memory, its request is its limit. */
  capAtRequest: choice.default(false),
  /** Processes and threads that one attempt may have at once. */
  processesMax: count(4_000_000).default(4096),
  openFilesMax: count(1_000_000_000).optional(),
  /** The largest file that a process may write, its logs included. */
  fileSizeMax: size.optional(),
  /** What an attempt's working directory may hold where its task says nothing. */
  workDirMax: sizeOrNone.prefault('10Gi'),
  /** When an attempt's working directory is removed. */
  removeWork: z.enum(['never', 'success', 'always']).default('always'),
  /** What becomes of running tasks when the node is asked to stop: `keep` is for restarts. */
  onStop: z.enum(['end', 'keep']).default('end'),
});

export interface TasksConfig {
  /** Null: the user of the node. */
  readonly taskUser: string | null;
  readonly cgroup: string;
  readonly capAtRequest: boolean;
  readonly processesMax: number;
  /** Null: no limit of our own. */
  readonly openFilesMax: number | null;
  readonly fileBytesMax: number | null;
  readonly workBytesMax: number | null;
  readonly removeWork: 'never' | 'success' | 'always';
  readonly onStop: 'end' | 'keep';
}

export const tasksOf = (raw: z.output<typeof tasksSection>): TasksConfig => ({
  taskUser: raw.taskUser ?? null,
  cgroup: raw.cgroup,
  capAtRequest: raw.capAtRequest,
  processesMax: raw.processesMax,
  openFilesMax: raw.openFilesMax ?? null,
  fileBytesMax: raw.fileSizeMax ?? null,
  workBytesMax: raw.workDirMax === 'none' ? null : raw.workDirMax,
  removeWork: raw.removeWork,
  onStop: raw.onStop,
});
