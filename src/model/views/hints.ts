/**
 * Right-sizing hints: what the tasks of a DAG ask for, beside what their recent attempts took. Only
 * successes are measured: what failed may have ended before it took what it needs. Attempts that
 * were killed for their memory count for the other direction.
 */
import { formatSize } from '../../base/duration.ts';
import type { EndedAttempt } from '../attempt.ts';
import type { DagSpec, TaskSpec } from '../dag.ts';
import { milliPerUnit } from '../resources.ts';
import type { TaskRow } from '../task-instance.ts';

export interface HintsView {
  readonly dagId: string;
  readonly versionId: string;
  /** The newest ones that were looked at, and their attempts. */
  readonly runs: number;
  readonly attempts: number;
  /** Tasks of the version of which something was measured, in the order of the definition. */
  readonly tasks: readonly TaskHintView[];
}

export interface TaskHintView {
  readonly taskId: string;
  /** Bytes. */
  readonly memory: AmountHintView;
  /** Cores: processor time by the time that it took. */
  readonly cpu: AmountHintView;
  /** Attempts that were killed for their memory, where it would happen again. */
  readonly outOfMemory: number;
  /** A sentence for each change that is worth making. */
  readonly advice: readonly string[];
}

export interface AmountHintView {
  readonly requested: number | null;
  readonly limit: number | null;
  /** Successful attempts of which it is known. */
  readonly samples: number;
  readonly p50: number | null;
  readonly p95: number | null;
  readonly max: number | null;
  /** What to ask for; null where too little is known. */
  readonly suggested: number | null;
}

export const hintLimits = {
  runs: 50,
  runsMax: 200,
  /** Of all runs together: then older runs are not looked at. */
  attempts: 20_000,
  /** Fewer say nothing. */
  samplesMin: 10,
} as const;

/** Shorter attempts spend their processor time on starting, and are measured too coarsely. */
const cpuWallMsMin = 1_000;
const memoryHeadRoom = 1.2;
/** What was killed at a limit would have taken more, and nobody knows how much. */
const killedHeadRoom = 1.5;
/** A request is worth lowering from this share of it on. */
const worthLowering = 0.75;

/** `rows` are those of recent runs, of whatever version. */
export function taskHints(spec: DagSpec, rows: Iterable<TaskRow>): readonly TaskHintView[] {
  const attempts = new Map<string, EndedAttempt[]>();
  for (const { taskId, attempts: ended } of rows) {
    const known = attempts.get(taskId);
    if (known === undefined) attempts.set(taskId, [...ended]);
    else known.push(...ended);
  }
  return Object.entries(spec.tasks).flatMap(([taskId, task]) => {
    const hint = taskHint(taskId, task, attempts.get(taskId) ?? []);
    return hint.memory.samples + hint.cpu.samples + hint.outOfMemory > 0 ? [hint] : [];
  });
}

export function taskHint(
  taskId: string,
  { resources, limits = {} }: Pick<TaskSpec, 'resources' | 'limits'>,
  attempts: readonly EndedAttempt[],
): TaskHintView {
  const successes = attempts.filter(({ outcome }) => outcome === 'success');
  const held = successes.flatMap(({ usage }) => usage?.memoryBytesMax ?? []);
  const memoryLimit = limits.memory ?? null;
  const killed = attempts.filter((attempt) => wouldBeKilled(attempt, memoryLimit));
  const memory = {
    ...measured(held),
    ...{ requested: resources.memory ?? null, limit: memoryLimit },
  };
  const cpu = {
    ...measured(successes.flatMap(coresOf)),
    requested: coresOrNull(resources.cpu),
    limit: coresOrNull(limits.cpu),
  };
  const sized = {
    memory: { ...memory, suggested: memorySuggested(memory, killed) },
    cpu: { ...cpu, suggested: enough(cpu) ? roundCores(cpu.p95 ?? 0) : null },
  };
  const advice = [...memoryAdvice(sized.memory, killed.length), ...cpuAdvice(sized.cpu)];
  return { taskId, ...sized, outOfMemory: killed.length, advice };
}

type Measured = Pick<AmountHintView, 'samples' | 'p50' | 'p95' | 'max'>;

function measured(values: readonly number[]): Measured {
  const sorted = [...values].sort((left, right) => left - right);
  // Nearest rank: what a share of the attempts did not exceed.
  const at = (share: number): number | null =>
    sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? null;
  return { samples: sorted.length, p50: at(0.5), p95: at(0.95), max: sorted.at(-1) ?? null };
}

const enough = ({ samples }: Measured): boolean => samples >= hintLimits.samplesMin;

const coresOrNull = (milli: number | undefined): number | null =>
  milli === undefined ? null : milli / milliPerUnit;

function coresOf({ usage, startedAt, endedAt }: EndedAttempt): readonly number[] {
  if (usage?.cpuMs === undefined || startedAt === null) return [];
  const wallMs = endedAt - startedAt;
  return wallMs < cpuWallMsMin ? [] : [Math.round((usage.cpuMs / wallMs) * 1_000) / 1_000];
}

/** One that was killed at a limit which has been raised since is no reason to raise it again. */
function wouldBeKilled({ errorClass, usage }: EndedAttempt, limit: number | null): boolean {
  if (errorClass !== 'out_of_memory') return false;
  const held = usage?.memoryBytesMax;
  return limit === null || held === undefined || held >= limit * 0.9;
}

type Memory = Omit<AmountHintView, 'suggested'>;

function memorySuggested(
  { requested, limit, max, samples, ...rest }: Memory,
  killed: readonly EndedAttempt[],
): number | null {
  if (killed.length > 0) {
    const peaks = killed.flatMap(({ usage }) => usage?.memoryBytesMax ?? []);
    return roundMemory(Math.max(limit ?? requested ?? 0, ...peaks) * killedHeadRoom);
  }
  return max !== null && enough({ samples, max, ...rest })
    ? roundMemory(max * memoryHeadRoom)
    : null;
}

const mebi = 1024 * 1024;

/** Upwards, to a size that people would write. */
function roundMemory(bytes: number): number {
  const step = bytes < 256 * mebi ? 16 * mebi : bytes < 4096 * mebi ? 64 * mebi : 512 * mebi;
  return Math.ceil(bytes / step) * step;
}

/** Upwards, to twentieths of a core, and to quarters from one core on. */
function roundCores(cores: number): number {
  const parts = cores < 1 ? 20 : 4;
  return Math.max(1, Math.ceil(cores * parts - 1e-9)) / parts;
}

function memoryAdvice(memory: AmountHintView, killed: number): readonly string[] {
  const { requested, limit, max, samples, suggested } = memory;
  if (suggested === null) return [];
  const size = formatSize(suggested);
  if (killed > 0) {
    const at = limit === null ? '' : ` at its limit of ${formatSize(limit)}`;
    return [`${times(killed)} killed for its memory${at}: give it ${size}`];
  }
  const used = `has used at most ${formatSize(max ?? 0)} of memory in ${samples} attempts`;
  if (requested === null) return [`asks for no memory, ${used}: ask for ${size}`];
  const asks = `asks for ${formatSize(requested)}, ${used}`;
  if (max !== null && max > requested) return [`${asks}: ask for ${size}`];
  return suggested <= requested * worthLowering ? [`${asks}: ${size} would do`] : [];
}

const times = (count: number): string => (count === 1 ? 'once' : `${count} times`);

function cpuAdvice({ requested, p95, samples, suggested }: AmountHintView): readonly string[] {
  if (suggested === null || p95 === null) return [];
  const used = `has kept ${cores(p95)} busy in 95% of ${samples} attempts`;
  if (requested === null) return [`asks for no cpu, ${used}: ask for ${suggested}`];
  const asks = `asks for ${cores(requested)}, ${used}`;
  if (suggested > requested * 1.1) return [`${asks}: ask for ${suggested}`];
  return suggested <= requested * worthLowering ? [`${asks}: ${suggested} would do`] : [];
}

const cores = (count: number): string =>
  `${Math.round(count * 100) / 100} ${count === 1 ? 'core' : 'cores'}`;
