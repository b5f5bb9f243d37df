/** The entry point of `skein`: the program on this process. */
import { launchers } from './launchers.ts';
import { type ProgramOptions, runProgram } from './program.ts';
import { processTerminal } from './terminal.ts';

/**
 * Sets the exit code and lets the process end by itself, so that output is flushed. `extend` adds
 * the commands of rooms that this one does not know.
 */
export async function main(
  args: readonly string[],
  extend: NonNullable<ProgramOptions['extend']>,
): Promise<void> {
  process.exitCode = await runProgram({ terminal: processTerminal(), launchers, args, extend });
}
