/**
 * How a container ended, as a result of its attempt: exit codes mean what they mean for processes
 * (`context.ts`). An engine gives a code alone, so that an end by a signal is 128 and its number.
 */
import { formatSize } from '../../base/duration.ts';
import { exitCodes } from '../context.ts';
import { exceptionName } from '../exception-name.ts';
import { failedWith, type RunResult, succeeded } from '../runner.ts';

export interface ContainerExit {
  readonly code: number;
  /** It was killed because it used more memory than it may. */
  readonly outOfMemory: boolean;
  /** In bytes; absent: no limit of its own. */
  readonly memoryBytes: number | undefined;
}

/** Of an exit code that is not 0. */
export function exitResult(exit: ContainerExit, stderrTail: Uint8Array): RunResult {
  const { code } = exit;
  if (code === exitCodes.skipped) return { ...succeeded(), outcome: 'skipped', exitCode: code };
  return {
    ...failedWith(sentence(exit), { retryable: code !== exitCodes.failForGood }),
    errorClass: classOf(exit, stderrTail),
    exitCode: code,
    stderrTail,
  };
}

/** KILL: what the kernel sends for memory, and an engine at the end of its patience. */
export const killedCode = 137;

function sentence({ code, outOfMemory, memoryBytes }: ContainerExit): string {
  if (outOfMemory) {
    const limit = memoryBytes === undefined ? '' : `: the limit is ${formatSize(memoryBytes)}`;
    return `ran out of memory${limit}`;
  }
  if (code === exitCodes.retry) return `asked to be tried again (exit code ${code})`;
  if (code === exitCodes.failForGood) return `failed for good (exit code ${code})`;
  if (code === 127) return 'command not found (exit code 127)';
  if (code > 128 && code <= 128 + 64) return `ended by signal ${code - 128} (exit code ${code})`;
  return `ended with exit code ${code}`;
}

function classOf({ code, outOfMemory }: ContainerExit, stderrTail: Uint8Array): string | null {
  if (outOfMemory) return 'out_of_memory';
  if (code > 128 && code <= 128 + 64) return `signal_${code - 128}`;
  // Python ends with 1 when nobody has caught an exception.
  return code === 1 ? exceptionName(stderrTail) : null;
}
