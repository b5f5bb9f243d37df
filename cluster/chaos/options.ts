/** The options of `npm run chaos`, and what is wrong with them in one line. */
import { parseArgs } from 'node:util';
import { fail, ok, type Result } from '../../src/base/result.ts';

export interface ChaosOptions {
  readonly mode: 'mixed' | 'power-loss' | 'flips';
  readonly minutes: number;
  readonly seed: number;
  readonly nodes: 3 | 5;
  /** Null: all that this machine and this build allow. */
  readonly faults: readonly string[] | null;
  /** Null: a temporary folder, which is removed unless something was violated. */
  readonly dataDir: string | null;
  readonly reportFile: string | null;
  /** The checkout whose build is tested; null: this one. */
  readonly skein: string | null;
  readonly writes: number;
  readonly flips: number;
  readonly truncations: number;
  readonly help: boolean;
}

export const chaosHelp = `npm run chaos -- [options]

Starts three nats-servers and some nodes, breaks them in every way it can, and then proves from
outside that nothing that was promised is lost.

  --minutes 5        how long faults are injected
  --seed 7           the schedule of faults is a function of it
  --nodes 3          3 or 5
  --faults a,b       only these (--faults list shows them)
  --data DIR         keep everything there
  --report FILE      write the result as JSON
  --skein DIR        test the build of another checkout

  --power-loss       cut the power of nodes again and again under load
  --writes 100000    acknowledged writes that are to be checked

  --flips 200        flip so many bits in one node's directory, one at a time
  --truncations 50   cut or delete so many of its files

Exit codes: 0 nothing violated, 1 something was, 2 something must be changed first, 130 interrupted.
`;

const flags = {
  minutes: { type: 'string', default: '5' },
  seed: { type: 'string', default: '7' },
  nodes: { type: 'string', default: '3' },
  faults: { type: 'string' },
  data: { type: 'string' },
  report: { type: 'string' },
  skein: { type: 'string' },
  'power-loss': { type: 'boolean', default: false },
  writes: { type: 'string', default: '100000' },
  flips: { type: 'string' },
  truncations: { type: 'string' },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

export function readChaosOptions(args: readonly string[]): Result<ChaosOptions, string> {
  const parsed = parse(args);
  if (!parsed.ok) return parsed;
  const { value } = parsed;
  const numbers = {
    minutes: Number(value.minutes),
    seed: Number(value.seed),
    writes: Number(value.writes),
    flips: Number(value.flips ?? 0),
    truncations: Number(value.truncations ?? 0),
  };
  for (const [name, number] of Object.entries(numbers)) {
    const isGood = name === 'minutes' ? number > 0 : Number.isInteger(number) && number >= 0;
    if (!isGood || number > 2 ** 32) return fail(`--${name} must be a number`);
  }
  const nodes = value.nodes === '3' ? 3 : value.nodes === '5' ? 5 : undefined;
  if (nodes === undefined) return fail(`--nodes ${value.nodes}: write 3 or 5`);
  const damages = numbers.flips + numbers.truncations > 0;
  const mode = value['power-loss'] ? 'power-loss' : damages ? 'flips' : 'mixed';
  return ok({
    ...numbers,
    mode,
    nodes,
    faults: value.faults?.split(',') ?? null,
    dataDir: value.data ?? null,
    reportFile: value.report ?? null,
    skein: value.skein ?? null,
    help: value.help,
  });
}

function parse(args: readonly string[]) {
  try {
    return ok(parseArgs({ args: [...args], options: flags, strict: true }).values);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return fail(`${message.split(/\.\s/)[0]}; \`npm run chaos -- --help\` lists the options`);
  }
}
