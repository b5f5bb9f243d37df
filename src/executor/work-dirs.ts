/**
 * The directories that tasks work in: how much they hold, and their removal. Looking into a tree of
 * any size, and removing it, is the work of other programs: nothing of it passes through the event
 * loop of the executor.
 */
import type { Cancellable, ProcessUser } from '../base/ports.ts';

export interface WorkDirs {
  /**
   * Lets another user write what a task writes: `work` and what is in it, and `output`, which is
   * made. Everything else of the attempt stays the executor's: who could put a link in the place
   * of a log would have the executor read any file to him.
   */
  handOver(
    space: { readonly work: string; readonly output: string },
    user: ProcessUser,
    done: (error: string | undefined) => void,
  ): void;
  /**
   * Looks at a directory now and then until it is cancelled, or until it holds more than
   * `limitBytes`: then `over` is called, once, with what it held.
   */
  watch(path: string, limitBytes: number, over: (bytes: number) => void): Cancellable;
  /** Removes a directory with all that is in it; nobody waits for it. */
  remove(path: string): void;
}
