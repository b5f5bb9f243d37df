/** `npm run chaos`: real processes, broken in every way that this machine allows. */
import { Problem } from '../problem.ts';
import { atlas } from './atlas.ts';
import { playFlips } from './flips.ts';
import { playMixed } from './mixed.ts';
import { type ChaosOptions, chaosHelp, readChaosOptions } from './options.ts';
import { playPowerLoss } from './power-loss.ts';
import { print } from './result.ts';
import { onStage } from './stage.ts';

async function main(): Promise<number> {
  const read = readChaosOptions(process.argv.slice(2));
  if (!read.ok) throw new Problem(read.error);
  const options = read.value;
  if (options.help) {
    print(chaosHelp);
    return 0;
  }
  if (options.faults?.includes('list')) {
    print(atlas.map(({ name }) => name).join('\n'));
    return 0;
  }
  refuseUnknown(options);
  return onStage(options, plays[options.mode]);
}

const plays = { mixed: playMixed, 'power-loss': playPowerLoss, flips: playFlips } as const;

function refuseUnknown({ faults }: ChaosOptions): void {
  const unknown = faults?.find((wanted) => !atlas.some(({ name }) => name === wanted));
  if (unknown !== undefined)
    throw new Problem(`there is no fault "${unknown}": --faults list shows all`);
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    const isPlain = error instanceof Problem;
    const text = error instanceof Error ? (isPlain ? error.message : error.stack) : error;
    process.stderr.write(`${text}\n`);
    process.exit(isPlain ? error.exitCode : 1);
  },
);
