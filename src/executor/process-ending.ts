/** How a process ended, in words for people and for `retryOn`. */

import { formatSize } from '../base/duration.ts';
import type { ProcessExit, ProcessLimits } from '../base/ports.ts';
import { exitCodes } from './context.ts';
import { exceptionName } from './exception-name.ts';

export interface EndedProcess {
  readonly exit: ProcessExit;
  readonly limits: ProcessLimits;
  /** Set when it was killed for what its directory held. */
  readonly overfull: { readonly bytes: number; readonly limitBytes: number } | undefined;
}

/** A sentence that says what ended it, limits included. */
export function endSentence({ exit, limits, overfull }: EndedProcess): string {
  if (overfull !== undefined) {
    const held = formatSize(overfull.bytes);
    return `killed because its working directory held ${held}: ${sizeLimit(overfull.limitBytes)}`;
  }
  if (exit.met === 'memory') return memorySentence(exit, limits);
  const sentence = exitSentence(exit);
  if (exit.met !== 'processes' || limits.processes === undefined) return sentence;
  return `${sentence}; it was refused more than ${limits.processes} processes`;
}

const sizeLimit = (bytes: number): string => `the limit is ${formatSize(bytes)}`;

function memorySentence({ usage }: ProcessExit, { memoryBytes }: ProcessLimits): string {
  const held = usage?.memoryBytesMax;
  const most = held === undefined ? '' : `, it held ${formatSize(held)} at most`;
  // Without a limit of its own it was the node, or a group around it, that had no more.
  if (memoryBytes === undefined) return `killed because its node ran out of memory${most}`;
  return `ran out of memory: ${sizeLimit(memoryBytes)}${most}`;
}

function exitSentence({ code, signal }: ProcessExit): string {
  if (signal !== undefined) return `ended by signal ${signal}`;
  if (code === exitCodes.retry) return `asked to be tried again (exit code ${code})`;
  if (code === exitCodes.failForGood) return `failed for good (exit code ${code})`;
  if (code === 127) return 'command not found (exit code 127)';
  return `ended with exit code ${code}`;
}

/** Exit codes have rules of their own, so they need no class. */
export function endClass({ exit, overfull }: EndedProcess, stderrTail: Uint8Array): string | null {
  if (overfull !== undefined) return 'work_dir_full';
  if (exit.met === 'memory') return 'out_of_memory';
  if (exit.signal !== undefined) return `signal_${exit.signal}`;
  return exit.code === exceptionExitCode ? exceptionName(stderrTail) : null;
}

/** Python ends with it when nobody has caught an exception. */
const exceptionExitCode = 1;
