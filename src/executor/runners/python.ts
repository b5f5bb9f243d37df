/**
 * Runs Python: inline code, which is put into a file of the attempt's directory (so that tracebacks
 * name lines), or a file of the executing node. Unbuffered (`-u`), so that a log can be followed.
 */
import { assert } from '../../base/assert.ts';
import { ProcessJob, type ProcessPlan, type ProcessTools } from '../process-job.ts';
import { type ActionOf, failedWith, type Runner } from '../runner.ts';
import type { Workspace } from '../workspace.ts';

export const pythonRunner = (tools: ProcessTools): Runner => ({
  start(dispatch, observe) {
    const { action } = dispatch;
    assert(action.kind === 'python', 'the registry gives each runner its own kind');
    if ((action.code === null) === (action.file === null)) {
      const result = failedWith('a python task needs code or a file', { retryable: false });
      tools.clock.soon(() => observe({ kind: 'ended', result }));
      return { stop: () => {} };
    }
    const plan = (workspace: Workspace) => pythonPlan(action, workspace);
    return new ProcessJob({ tools, dispatch, plan, observe });
  },
});

function pythonPlan(action: ActionOf<'python'>, workspace: Workspace): ProcessPlan {
  const path = action.file ?? `${workspace.directory}/main.py`;
  return {
    // By `env`, because the program is looked up in the task's PATH, not in the executor's.
    argv: ['/usr/bin/env', 'python3', '-u', path, ...action.args],
    script: action.code === null ? undefined : { path, content: action.code },
  };
}
