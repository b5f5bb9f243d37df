/**
 * Reads recorded workflows and cluster traces: a WfCommons instance (JSON), a campaign of several
 * instances (JSON, its parts beside it), or the DAG jobs of Alibaba's trace of 2018 (CSV).
 */
import { readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { Problem } from '../cluster/problem.ts';

export interface WorkTask {
  readonly id: string;
  readonly parents: readonly string[];
  readonly seconds: number;
  readonly cores: number;
  /** Null: not measured. */
  readonly memoryBytes: number | null;
}

export interface WorkDag {
  readonly id: string;
  readonly tasks: readonly WorkTask[];
  /** Runs of it, all started at once. */
  readonly copies: number;
}

export interface Workload {
  readonly name: string;
  readonly dags: readonly WorkDag[];
  /** The best lower bound on the makespan for three nodes of eight cores, unscaled. */
  readonly tighterSeconds: number | null;
}

const statistics = z.object({ tighterBound_3x8: z.number().optional() }).optional();

const instanceSchema = z.object({
  name: z.string(),
  statistics,
  tasks: z.array(
    z.object({
      id: z.string(),
      parents: z.array(z.string()),
      runtimeInSeconds: z.number(),
      cores: z.number(),
      memoryBytes: z.number().nullable(),
    }),
  ),
});

const campaignSchema = z.object({
  name: z.string(),
  statistics,
  parts: z.array(z.object({ instance: z.string(), copies: z.number().int() })),
});

export function readWorkload(path: string): Workload {
  if (path.endsWith('.csv')) return readJobs(path);
  const value = readJson(path);
  const campaign = campaignSchema.safeParse(value);
  if (!campaign.success) {
    const { name, tasks, statistics } = readInstance(path, value);
    const dags = [{ id: dagIdOf(name), tasks, copies: 1 }];
    return { name, dags, tighterSeconds: statistics?.tighterBound_3x8 ?? null };
  }
  const dags = campaign.data.parts.map(({ instance, copies }) => {
    const file = join(dirname(path), `${instance}.json`);
    const { name, tasks } = readInstance(file, readJson(file));
    return { id: dagIdOf(name), tasks, copies };
  });
  const tighterSeconds = campaign.data.statistics?.tighterBound_3x8 ?? null;
  return { name: campaign.data.name, dags, tighterSeconds };
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Problem(`${path} cannot be read as JSON: ${why}`);
  }
}

function readInstance(path: string, value: unknown) {
  const parsed = instanceSchema.safeParse(value);
  if (!parsed.success) {
    throw new Problem(`${path} is neither a workflow instance nor a campaign`);
  }
  const { name, tasks, statistics } = parsed.data;
  const ids = new Set(tasks.map(({ id }) => taskIdOf(id)));
  if (ids.size !== tasks.length) throw new Problem(`${path}: two tasks have the same id`);
  const read = tasks.map(({ id, parents, runtimeInSeconds: seconds, cores, memoryBytes }) => ({
    id: taskIdOf(id),
    parents: parents.map(taskIdOf),
    seconds,
    cores,
    memoryBytes,
  }));
  return { name, statistics, tasks: read };
}

/** `job,task,parents,sourceName,instances,cpu,memoryPercent,start,end,ownSeconds`, by job. */
function readJobs(path: string): Workload {
  const [header = '', ...lines] = readFileSync(path, 'utf8').trimEnd().split('\n');
  if (!header.startsWith('job,task,parents,')) {
    throw new Problem(`${path}: of the CSV files, only those with DAG jobs can be run`);
  }
  const jobs = new Map<string, WorkTask[]>();
  for (const line of lines) {
    const [job = '', task, parents = '', , , cpu, , , , ownSeconds] = line.split(',');
    const tasks = jobs.get(job) ?? [];
    jobs.set(job, tasks);
    tasks.push({
      id: `t${task}`,
      parents: parents === '' ? [] : parents.split(' ').map((parent) => `t${parent}`),
      seconds: Number(ownSeconds),
      cores: Number(cpu),
      // A share of a unit that the trace does not tell.
      memoryBytes: null,
    });
  }
  const dags = [...jobs].map(([job, tasks]) => ({ id: dagIdOf(job), tasks, copies: 1 }));
  return { name: basename(path, '.csv'), dags, tighterSeconds: null };
}

const taskIdOf = (id: string): string => id.replaceAll(/[^a-zA-Z0-9_.-]/g, '_');
const dagIdOf = (name: string): string => `w.${taskIdOf(name)}`;

/** Seconds along the longest path, unscaled. */
export function criticalPathSeconds(tasks: readonly WorkTask[]): number {
  const byId = new Map(tasks.map((task) => [task.id, task]));
  const ends = new Map<string, number>();
  const endOf = (task: WorkTask): number => {
    const known = ends.get(task.id);
    if (known !== undefined) return known;
    const parents = task.parents.flatMap((id) => byId.get(id) ?? []);
    const end = task.seconds + Math.max(0, ...parents.map(endOf));
    ends.set(task.id, end);
    return end;
  };
  return Math.max(...tasks.map(endOf));
}

export const coreSeconds = (tasks: readonly WorkTask[]): number =>
  tasks.reduce((sum, { seconds, cores }) => sum + seconds * cores, 0);
