/** The entry point of `skein`: the program on this process. */
import { launchers } from './launchers.ts';
import { runProgram } from './program.ts';
import { processTerminal } from './terminal.ts';

/** Sets the exit code and lets the process end by itself, so that output is flushed. */
export async function main(args: readonly string[]): Promise<void> {
  process.exitCode = await runProgram({ terminal: processTerminal(), launchers, args });
}
