/** What a node gives to tasks: what it was told or found, less what it keeps for itself. */
import { z } from 'zod';
import { formatSize, parseSize } from '../base/duration.ts';
import { fail, ok, type Result } from '../base/result.ts';
import { dimensionsMax, milliPerUnit, type Resources } from '../model/resources.ts';
import type { ConfigProblem } from './config-problem.ts';
import { bounded } from './dag-file-kit.ts';
import { size } from './schema-kit.ts';

/** Dimensions with a key of their own. */
const ownKeys = ['cpu', 'memory', 'gpu', 'disk', 'slots'] as const;

/** Nobody means less: whoever writes `8` has left out the unit. */
const sizeBytesMin = 1024 * 1024;
/** What is left out after smaller numbers is `Gi`, after others `Mi`. */
const gibMax = 64;

const coresMax = 10_000;
const amountMax = 1e9;

const diskSize = z.string().transform((text, context) => {
  if (text === 'auto') return 'auto' as const;
  const parsed = parseSize(text);
  if (parsed.ok) return parsed.value;
  context.addIssue({ code: 'custom', message: `${parsed.error}, or auto` });
  return z.NEVER;
});

const resourceName = z
  .string()
  .regex(
    /^[a-zA-Z][a-zA-Z0-9_./-]{0,249}$/,
    'a resource is named by letters, digits and "_./-", a letter first',
  );
/** `4` of a file, `'4'` of a flag. */
const amount = z.union([
  z.number().min(0).max(amountMax),
  z
    .string()
    .regex(/^\d+(\.\d+)?$/, 'write a resource as name=amount, as in licence=4')
    .transform(Number)
    .pipe(z.number().max(amountMax)),
]);
const resources = bounded(
  z.record(resourceName, amount),
  dimensionsMax - ownKeys.length,
).superRefine((value, context) => {
  for (const key of ownKeys.filter((it) => Object.hasOwn(value, it))) {
    const message = `\`${key}\` has a key of its own: set --${key}`;
    context.addIssue({ code: 'custom', path: [key], message });
  }
});

export const capacityKeys = {
  cpu: z.coerce.number().min(0.001).max(coresMax).optional(),
  memory: size.optional(),
  gpu: z.coerce.number().min(0).max(10_000).optional(),
  /** `auto`: what is free in the file system of the data directory. */
  disk: diskSize.optional(),
  slots: z.coerce.number().int().min(1).max(100_000).default(256),
  /** Whatever else can be counted. */
  resources: resources.default({}),
  /** Cores and memory that tasks do not get: for the node itself, and for what runs beside it. */
  reserveCpu: z.coerce.number().min(0).max(coresMax).default(0),
  reserveMemory: size.default(0),
};

const capacitySchema = z.object(capacityKeys);
type RawCapacity = z.output<typeof capacitySchema>;

/** What the machine offers to this process. */
export interface Machine {
  /** A control group may allow less than the machine has; fractions are possible. */
  readonly cpus: number;
  readonly memoryBytes: number;
  /** Of the machine as a whole: more is never right. */
  readonly memoryBytesMax: number;
  /** In the file system that holds a directory, or will; undefined where nobody can tell. */
  readonly freeDiskBytes: (directory: string) => number | undefined;
}

export interface CapacityQuestion {
  readonly raw: RawCapacity & {
    readonly data: string;
    readonly storage: { readonly minFreeDisk: number };
  };
  readonly machine: Machine;
  /** Where a value came from. */
  readonly sourceOf: (key: string) => string;
}

/** Allocatable: the `slots` dimension is always there, others where they are known. */
export function capacityOf(question: CapacityQuestion): Result<Resources, ConfigProblem> {
  const { raw, machine, sourceOf } = question;
  const refuse = (key: string, message: string): Result<never, ConfigProblem> =>
    fail({ key, source: sourceOf(key), message });
  for (const key of ['memory', 'reserveMemory', 'disk'] as const) {
    const said = raw[key];
    if (typeof said !== 'number' || said === 0 || said >= sizeBytesMin) continue;
    const meant = `${said}${said <= gibMax ? 'Gi' : 'Mi'}`;
    return refuse(key, `is ${said} bytes, and that is hardly meant: write ${meant}`);
  }
  if (raw.memory !== undefined && raw.memory > machine.memoryBytesMax) {
    return refuse('memory', `this machine has ${formatSize(machine.memoryBytesMax)}`);
  }
  const cores = raw.cpu ?? machine.cpus;
  const cpu = milli(cores) - milli(raw.reserveCpu);
  if (cpu <= 0) return refuse('reserveCpu', nothingLeft(`${cores} cores`));
  const bytes = raw.memory ?? machine.memoryBytes;
  const memory = bytes - raw.reserveMemory;
  if (memory <= 0) return refuse('reserveMemory', nothingLeft(formatSize(bytes)));
  const disk = diskOf(question);
  if (disk === 'unknown') return refuse('disk', `nobody can tell how much is free: say a size`);
  const custom = Object.entries(raw.resources).map(([name, said]) => [name, milli(said)] as const);
  return ok({
    ...Object.fromEntries(custom),
    cpu,
    memory,
    slots: raw.slots,
    ...(raw.gpu === undefined ? {} : { gpu: milli(raw.gpu) }),
    ...(disk === undefined ? {} : { disk }),
  });
}

const milli = (amount: number): number => Math.round(amount * milliPerUnit);

const nothingLeft = (all: string): string => `leaves nothing of ${all} to tasks: reserve less`;

/** Of free space, the node's own reserve stays free. */
function diskOf({ raw, machine }: CapacityQuestion): number | undefined | 'unknown' {
  if (raw.disk !== 'auto') return raw.disk;
  const free = machine.freeDiskBytes(raw.data);
  return free === undefined ? 'unknown' : Math.max(0, free - raw.storage.minFreeDisk);
}
