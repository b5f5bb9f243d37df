/** The tree of commands, and one call that runs one of them. */
import { Command, CommanderError } from 'commander';
import type { Outcome, Stage } from './command.ts';
import { nodeCommands } from './commands/node.ts';
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
  const words = becomesNode(args) ? args : await withClient(program, stage, args);
  options.extend?.(program, stage);
  try {
    await program.parseAsync([...words], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
  }
  return exitCode;
}

/** A process that stays for months, and keeps what it has loaded. */
const becomesNode = ([command]: readonly string[]): boolean =>
  command === 'node' || command === 'broker';

async function withClient(
  program: Command,
  stage: Stage,
  args: readonly string[],
): Promise<readonly string[]> {
  const { clientCommands } = await import('./client-commands.ts');
  return clientCommands(program, stage, args);
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
