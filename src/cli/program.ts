/** The tree of commands, and one call that runs one of them. */
import { Command, CommanderError } from 'commander';
import { type Outcome, type Stage, usage } from './command.ts';
import { applyCommands } from './commands/apply.ts';
import { artifactCommands } from './commands/artifacts.ts';
import { backfillCommands } from './commands/backfill.ts';
import { clusterCommands } from './commands/cluster.ts';
import { connectionCommands } from './commands/connections.ts';
import { dagCommands } from './commands/dags.ts';
import { dumpCommand } from './commands/dump.ts';
import { forecastCommands } from './commands/forecast.ts';
import { givenCommand } from './commands/given.ts';
import { hintCommands } from './commands/hints.ts';
import { holderCommand } from './commands/holders.ts';
import { logCommands } from './commands/logs.ts';
import { nodeCommands } from './commands/node.ts';
import { nodesCommands } from './commands/nodes.ts';
import { objectCommands } from './commands/objects.ts';
import { operatorCommands } from './commands/operators.ts';
import { runCommands } from './commands/runs.ts';
import { scalingCommands } from './commands/scaling.ts';
import { countedByN, scheduleCommands } from './commands/schedule.ts';
import { sharingCommands } from './commands/sharing.ts';
import { triggerCommands } from './commands/triggers.ts';
import { versionCommands } from './commands/versions.ts';
import { whyCommands } from './commands/why.ts';
import { completionScript, isShell, shells } from './completion.ts';
import { exitCodes, exitCodesText, type Failure } from './exit-codes.ts';
import { jsonText, tameLines } from './format.ts';
import type { Launchers } from './launchers.ts';
import type { Terminal } from './terminal.ts';
import { packageVersion } from './version.ts';

export interface ProgramOptions {
  readonly terminal: Terminal;
  readonly launchers: Launchers;
  /** Arguments behind the name of the program. */
  readonly args: readonly string[];
  /** Adds commands of other rooms; `skein up` comes this way. */
  readonly extend?: (program: Command, stage: Stage) => void;
}

/** Runs one command; the value is the exit code. Never throws for what a person did. */
export async function runProgram(options: ProgramOptions): Promise<number> {
  const { terminal, launchers, args } = options;
  let exitCode: number = exitCodes.ok;
  const stage: Stage = {
    terminal,
    launchers,
    finish: (outcome, json) => {
      exitCode = report(terminal, outcome, json);
    },
  };
  const program = makeProgram(stage);
  options.extend?.(program, stage);
  try {
    await program.parseAsync([...countedByN(args)], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
  }
  return exitCode;
}

function makeProgram(stage: Stage): Command {
  const { terminal } = stage;
  const program = new Command('skein');
  // Commands copy these settings when they are made, so they come first.
  program
    .description('Workflows on N identical nodes, with one replicated log and no database.')
    .version(packageVersion(), '-V, --version', 'show the version of this program')
    .option('--server <url[,url]>', 'nodes to ask, in turn (SKEIN_SERVER)')
    .option('-n, --namespace <name>', 'the namespace (SKEIN_NAMESPACE, or default)')
    .option('--json', 'print JSON; streams are one document a line')
    .addHelpText('after', `\n${exitCodesText}`)
    .configureHelp({ showGlobalOptions: true, sortSubcommands: false })
    .configureOutput({
      writeOut: (text) => terminal.out(text),
      writeErr: (text) => terminal.err(tameLines(text)),
    })
    .showSuggestionAfterError()
    .exitOverride();
  nodeCommands(program, stage);
  applyCommands(program, stage);
  const dag = dagCommands(program, stage);
  versionCommands(program, dag, stage);
  runCommands(program, stage);
  operatorCommands(program, stage);
  backfillCommands(program, stage);
  objectCommands(program, stage);
  connectionCommands(program, stage);
  scheduleCommands(program, stage);
  forecastCommands(program, stage);
  hintCommands(program, stage);
  triggerCommands(program, stage);
  logCommands(program, stage);
  givenCommand(program, stage);
  artifactCommands(program, stage);
  whyCommands(program, stage);
  holderCommand(program, stage);
  clusterCommands(program, stage);
  nodesCommands(program, stage);
  sharingCommands(program, stage);
  scalingCommands(program, stage);
  dumpCommand(program, stage);
  program
    .command('completion')
    .description('print the completion script of a shell')
    .argument('<shell>', shells.join(', '))
    .action((shell: string) => {
      if (isShell(shell)) terminal.out(completionScript(program, shell));
      else
        stage.finish(
          usage(`"${shell}" is not a shell we know`, `Use ${shells.join(', ')}.`),
          false,
        );
    });
  return program;
}

/** Says why it failed, on stderr; a script reads the code, a person the sentences. */
function report(terminal: Terminal, outcome: Outcome, json: boolean): number {
  if (outcome.ok) return outcome.value;
  const failure: Failure = outcome.error;
  if (json) {
    terminal.err(`${jsonText({ error: failure })}\n`);
    return failure.exitCode;
  }
  const code = terminal.paint('gray', `(${failure.code})`);
  terminal.err(`${terminal.paint('red', 'error')} ${tameLines(failure.detail)} ${code}\n`);
  if (failure.next !== '') terminal.err(`${terminal.paint('gray', tameLines(failure.next))}\n`);
  return failure.exitCode;
}
