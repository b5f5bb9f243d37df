/**
 * Runs code with any interpreter: inline code, which is put into a file of the attempt's directory,
 * or a file of the executing node. Interpreter and arguments are handed over word by word, and no
 * shell reads them.
 */
import { assert } from '../../base/assert.ts';
import type { ScriptAction } from '../../model/code-action.ts';
import { ProcessJob, type ProcessPlan, type ProcessTools } from '../process-job.ts';
import type { Runner } from '../runner.ts';
import type { Workspace } from '../workspace.ts';
import { asPath, refused } from './code-kit.ts';

export const scriptRunner = (tools: ProcessTools): Runner => ({
  start(dispatch, observe) {
    const { action } = dispatch;
    assert(action.kind === 'script', 'the registry gives each runner its own kind');
    const reason = flawOf(action);
    if (reason !== undefined) return refused(tools.clock, reason, observe);
    const plan = (workspace: Workspace) => scriptPlan(action, workspace);
    return new ProcessJob({ tools, dispatch, plan, observe });
  },
});

function flawOf({ interpreter, code, file }: ScriptAction): string | undefined {
  if ((code === null) === (file === null)) return 'a script task needs code or a file';
  const [program = ''] = interpreter;
  // `env` would take them for an option, or for a variable.
  if (program === '' || program.startsWith('-') || program.includes('=')) {
    return `${JSON.stringify(program)} is not the name of an interpreter`;
  }
  return undefined;
}

function scriptPlan(action: ScriptAction, workspace: Workspace): ProcessPlan {
  const path = asPath(action.file ?? `${workspace.directory}/script`);
  return {
    // By `env`, because the program is looked up in the task's PATH, not in the executor's.
    argv: ['/usr/bin/env', ...action.interpreter, path, ...action.args],
    script: action.code === null ? undefined : { path, content: action.code },
  };
}
