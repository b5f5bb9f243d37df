/**
 * Keeps what each attempt was given beside its logs: `given.json` in its directory, which goes when
 * the logs go.
 *
 * It is written while the attempt begins, which does not wait for it; the end of the attempt does,
 * because nothing of an attempt is written behind its end. A disk that refuses it stops nobody.
 *
 * What most shell tasks and functions with reuse were given lies in their context file
 * (`given-text.ts`).
 */
import type { Clock } from '../../base/ports.ts';
import type { Trace } from '../../base/trace.ts';
import type { Files } from '../files.ts';
import type { RunEvent, Runner, Runners, Work } from '../runner.ts';
import { workspaceOf } from '../workspace.ts';
import { givenText, liesInContext } from './given-text.ts';

interface Tools {
  readonly clock: Clock;
  readonly files: Files;
  readonly dataDir: string;
  readonly trace: Trace;
}

/** These have no directory: there may be thousands of them a second, and each look is one. */
const keepsNothing: ReadonlySet<string> = new Set(['noop', 'file']);

export const givenPath = (directory: string): string => `${directory}/given.json`;

/** The same runners; inside of those that open connections, whose secrets are hidden here. */
export const keepGiven = (runners: Runners, tools: Tools): Runners =>
  new Map(
    [...runners].map(([kind, runner]) => [
      kind,
      keepsNothing.has(kind) ? runner : keepingRunner(runner, tools),
    ]),
  );

const keepingRunner = (runner: Runner, tools: Tools): Runner => ({
  start(work, observe) {
    if (liesInContext(work)) return runner.start(work, observe);
    let isWritten = false;
    let last: RunEvent | undefined;
    keep(work, tools, () => {
      isWritten = true;
      if (last !== undefined) observe(last);
    });
    return runner.start(work, (event) => {
      if (event.kind === 'ended' && !isWritten) last = event;
      else observe(event);
    });
  },
});

function keep(work: Work, { clock, files, dataDir, trace }: Tools, done: () => void): void {
  const { id, attempt } = work;
  const space = workspaceOf(dataDir, { id, number: attempt });
  if (!space.ok) {
    // The runner says why, in its own result.
    clock.soon(done);
    return;
  }
  const { directory } = space.value;
  const failed = (error: string): void => {
    trace('warn', 'executor.given_not_kept', { runId: id.runId, taskId: id.taskId, error });
    done();
  };
  files.makeDirectory(directory, (noDirectory) => {
    if (noDirectory !== undefined) return failed(noDirectory);
    const text = givenText(work, new Date(clock.wallMs()).toISOString());
    files.writeFile(givenPath(directory), text, (noFile) => {
      if (noFile !== undefined) failed(noFile);
      else done();
    });
  });
}
