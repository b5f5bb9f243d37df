/**
 * What the files of a control group are called and what is written into them, in both versions.
 * Pure: tables and arithmetic.
 */
import type { ProcessLimits } from '../../base/ports.ts';
import type { Controller } from './group-host.ts';

/** One write into a file of a group. */
export interface GroupWrite {
  readonly controller: Controller;
  readonly file: string;
  readonly value: string;
  /** Not every kernel has the file, or takes the value: the limit holds without it. */
  readonly optional?: true;
}

/** A file to read and the number in it that counts. */
export interface GroupCount {
  readonly controller: Controller;
  readonly file: string;
  readonly read: (text: string) => number | undefined;
}

export interface GroupFiles {
  /** Written once, when a group is made. */
  readonly first: readonly GroupWrite[];
  /**
   * For the group of all tasks of a node: they weigh a quarter of a busy process on each core. Who
   * places and watches tasks takes little, and takes it at once; or a bomb would push it aside.
   */
  readonly whole: (cores: number) => readonly GroupWrite[];
  /**
   * Processor time alone, in thousandths of a core, in many small pieces where the kernel takes
   * such; undefined: as the limit says, which a pace does not pass either.
   */
  readonly pace: (
    cpuMilli: number | undefined,
    limitMilli: number | undefined,
  ) => readonly GroupWrite[];
  readonly limits: (limits: ProcessLimits) => readonly GroupWrite[];
  readonly cpuMs: GroupCount;
  readonly memory: GroupCount;
  /** The most memory since the file was written to, where the kernel takes that. */
  readonly memoryMax: GroupCount;
  /** How often the kernel killed for memory. */
  readonly killed: GroupCount;
  /** How often a process was refused because there were too many. */
  readonly refused: GroupCount;
}

/** Quotas are for this long: shorter ones cost more switching, longer ones more waiting. */
const periodUs = 100_000;
/** Of those who are paced: what they do is to come evenly. */
const pacePeriodUs = 10_000;
/** The kernel takes no smaller quota. */
const quotaUsMin = 1000;

const within = (least: number, value: number, most: number): number =>
  Math.max(least, Math.min(most, Math.round(value)));

const quotaUs = (cpuMilli: number): number =>
  Math.max(quotaUsMin, Math.round((cpuMilli / 1000) * periodUs));

const whole = (text: string): number | undefined => {
  const value = Number(text.trim());
  return text.trim() === '' || !Number.isFinite(value) ? undefined : value;
};

/** `oom_kill 3` among other lines -> 3. */
const line =
  (name: string) =>
  (text: string): number | undefined => {
    const at = text.startsWith(`${name} `) ? 0 : text.indexOf(`\n${name} `) + 1;
    if (at === 0 && !text.startsWith(`${name} `)) return undefined;
    const end = text.indexOf('\n', at);
    return whole(text.slice(at + name.length, end < 0 ? text.length : end));
  };

const scaled =
  (read: (text: string) => number | undefined, unit: number) =>
  (text: string): number | undefined => {
    const value = read(text);
    return value === undefined ? undefined : value / unit;
  };

/** A task that asks for one core weighs 100, the kernel's default; 1,024 in version 1. */
const defaultShareMilli = 1000;

/** A quota and its period, in microseconds; undefined: none. */
interface Quota {
  readonly us: number | undefined;
  readonly periodUs: number;
}

const limitOf = (cpuMilli: number | undefined): Quota => ({
  us: cpuMilli === undefined ? undefined : quotaUs(cpuMilli),
  periodUs,
});

const paceOf = (cpuMilli: number | undefined, limitMilli: number | undefined): Quota => {
  if (cpuMilli === undefined) return limitOf(limitMilli);
  const milli = Math.min(cpuMilli, limitMilli ?? cpuMilli);
  const us = Math.round((milli / 1000) * pacePeriodUs);
  return us < quotaUsMin ? limitOf(milli) : { us, periodUs: pacePeriodUs };
};

const quota2 = ({ us, periodUs: period }: Quota): GroupWrite => ({
  ...{ controller: 'cpu', file: 'cpu.max', value: `${us ?? 'max'} ${period}` },
});

/** Without a quota while the period changes: the kernel wants both to fit the groups above. */
const quota1 = ({ us, periodUs: period }: Quota): readonly GroupWrite[] => [
  { controller: 'cpu', file: 'cpu.cfs_quota_us', value: '-1' },
  { controller: 'cpu', file: 'cpu.cfs_period_us', value: String(period) },
  { controller: 'cpu', file: 'cpu.cfs_quota_us', value: String(us ?? -1) },
];

const version2: GroupFiles = {
  // The group is one task: half of it killed would be the worst of both.
  first: [{ controller: 'memory', file: 'memory.oom.group', value: '1', optional: true }],
  whole: (cores) => [
    { controller: 'cpu', file: 'cpu.weight', value: String(within(1, cores * 25, 10_000)) },
  ],
  pace: (cpuMilli, limitMilli) => [quota2(paceOf(cpuMilli, limitMilli))],
  limits: ({ memoryBytes, cpuMilli, cpuShareMilli = defaultShareMilli, processes }) => {
    const weight = within(1, cpuShareMilli / 10, 10_000);
    const swap = memoryBytes === undefined ? 'max' : '0';
    return [
      { controller: 'memory', file: 'memory.swap.max', value: swap, optional: true },
      { controller: 'memory', file: 'memory.max', value: String(memoryBytes ?? 'max') },
      quota2(limitOf(cpuMilli)),
      { controller: 'cpu', file: 'cpu.weight', value: String(weight) },
      { controller: 'pids', file: 'pids.max', value: String(processes ?? 'max') },
      { controller: 'io', file: 'io.weight', value: `default ${weight}`, optional: true },
    ];
  },
  cpuMs: { controller: 'cpu', file: 'cpu.stat', read: scaled(line('usage_usec'), 1e3) },
  memory: { controller: 'memory', file: 'memory.current', read: whole },
  memoryMax: { controller: 'memory', file: 'memory.peak', read: whole },
  killed: { controller: 'memory', file: 'memory.events', read: line('oom_kill') },
  refused: { controller: 'pids', file: 'pids.events', read: line('max') },
};

const version1: GroupFiles = {
  first: [],
  whole: (cores) => [
    { controller: 'cpu', file: 'cpu.shares', value: String(within(2, cores * 256, 262_144)) },
  ],
  pace: (cpuMilli, limitMilli) => quota1(paceOf(cpuMilli, limitMilli)),
  limits: ({ memoryBytes, cpuMilli, cpuShareMilli = defaultShareMilli, processes }) => {
    const memory = String(memoryBytes ?? -1);
    const shares = within(2, cpuShareMilli * 1.024, 262_144);
    const weight = within(1, cpuShareMilli / 10, 1000);
    const swap = 'memory.memsw.limit_in_bytes';
    return [
      // Memory with swap is never less than memory, on the way up as on the way down.
      { controller: 'memory', file: swap, value: '-1', optional: true },
      { controller: 'memory', file: 'memory.limit_in_bytes', value: memory },
      { controller: 'memory', file: swap, value: memory, optional: true },
      ...quota1(limitOf(cpuMilli)),
      { controller: 'cpu', file: 'cpu.shares', value: String(shares) },
      { controller: 'pids', file: 'pids.max', value: String(processes ?? 'max') },
      { controller: 'io', file: 'blkio.bfq.weight', value: String(weight), optional: true },
    ];
  },
  cpuMs: { controller: 'cpuacct', file: 'cpuacct.usage', read: scaled(whole, 1e6) },
  memory: { controller: 'memory', file: 'memory.usage_in_bytes', read: whole },
  memoryMax: { controller: 'memory', file: 'memory.max_usage_in_bytes', read: whole },
  killed: { controller: 'memory', file: 'memory.oom_control', read: line('oom_kill') },
  refused: { controller: 'pids', file: 'pids.events', read: line('max') },
};

export const groupFiles = { 1: version1, 2: version2 } as const;
