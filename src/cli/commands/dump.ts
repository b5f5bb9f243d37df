/** `skein dump`: looks into the data directory of a node that does not run. */
import type { Command } from 'commander';
import { action, type Outcome, type Session, type Stage, usage } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';

/** As a node that meets the same on its disk. */
const storageExitCode = 70;

export function dumpCommand(program: Command, stage: Stage): void {
  program
    .command('dump')
    .description('print what a data directory holds, one JSON document a line')
    .argument('<directory>', 'the data directory of a node that does not run')
    .option('--verify', 'check everything; rows are left out unless they are asked for')
    .option('--log', 'the Raft log')
    .option('--ledger', 'the ledger')
    .option('--facts', 'the facts in the log, one a line')
    .addHelpText('after', dumpHelp)
    .action(action<DumpFlags>(stage, dump));
}

const dumpHelp = `
The directory is copied below TMPDIR and stays as it is. Exit codes: 0 nothing is wrong,
70 something is damaged (a line of kind "fault" says what), or a node uses the directory.`;

interface DumpFlags {
  readonly verify?: boolean;
  readonly log?: boolean;
  readonly ledger?: boolean;
  readonly facts?: boolean;
}

async function dump(
  { terminal }: Session,
  flags: DumpFlags,
  [directory]: readonly string[],
): Promise<Outcome> {
  if (directory === undefined) return usage('no directory is named', 'Write skein dump ./data.');
  // Other commands start faster without LevelDB.
  const [{ dumpDirectory }, { realClock }] = await Promise.all([
    import('../../storage/dump.ts'),
    import('../../node/real-ports.ts'),
  ]);
  const verify = flags.verify === true;
  const chosen = { log: flags.log, ledger: flags.ledger, facts: flags.facts };
  const isChosen = Object.values(chosen).includes(true);
  const rest = !isChosen && !verify;
  const result = await dumpDirectory({
    directory,
    clock: realClock,
    show: {
      log: chosen.log ?? rest,
      ledger: chosen.ledger ?? rest,
      facts: chosen.facts ?? false,
    },
    verify,
    emit: (line) => terminal.out(`${JSON.stringify(line)}\n`),
    signal: terminal.interrupt,
  });
  if (!result.ok) {
    terminal.err(`skein: ${result.error.code}: ${result.error.message}\n`);
    return { ok: true, value: storageExitCode };
  }
  if (terminal.interrupt.aborted) return { ok: true, value: exitCodes.interrupt };
  return { ok: true, value: result.value === 0 ? exitCodes.ok : storageExitCode };
}
