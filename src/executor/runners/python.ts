/**
 * Runs Python: inline code, which is put into a file of the attempt's directory (so that tracebacks
 * name lines), a file of the executing node, or a function of a module. Unbuffered (`-u`), so that
 * a log can be followed. All of them can import `skein` (`python/skein.py`).
 */
import { assert } from '../../base/assert.ts';
import type { PythonAction } from '../../model/code-action.ts';
import { ProcessJob, type ProcessPlan, type ProcessTools } from '../process-job.ts';
import type { Runner, Work } from '../runner.ts';
import type { Workspace } from '../workspace.ts';
import { asPath, refused } from './code-kit.ts';
import { packageFolder } from './package-folder.ts';

export function pythonRunner(tools: ProcessTools): Runner {
  const folder = `${packageFolder()}/python`;
  return {
    start(dispatch, observe) {
      const { action } = dispatch;
      assert(action.kind === 'python', 'the registry gives each runner its own kind');
      const { code, file, callable } = action;
      if ([code, file, callable ?? null].filter((source) => source !== null).length !== 1) {
        const reason = 'a python task needs one of code, a file and a callable';
        return refused(tools.clock, reason, observe);
      }
      return new ProcessJob({
        tools,
        dispatch: { ...dispatch, env: withModules(dispatch, folder) },
        plan: (workspace) => pythonPlan(action, workspace, folder),
        observe,
      });
    },
  };
}

function pythonPlan(action: PythonAction, workspace: Workspace, folder: string): ProcessPlan {
  // By `env`, because the program is looked up in the task's PATH, not in the executor's.
  const python = ['/usr/bin/env', 'python3', '-u'];
  if (action.callable !== undefined) {
    const path = `${workspace.directory}/call.json`;
    return {
      argv: [...python, `${folder}/skein.py`, path],
      script: { path, content: JSON.stringify(action.callable) },
    };
  }
  const path = asPath(action.file ?? `${workspace.directory}/main.py`);
  return {
    argv: [...python, path, ...action.args],
    script: action.code === null ? undefined : { path, content: action.code },
  };
}

/** The task's own modules come first. */
function withModules({ env }: Work, folder: string): Work['env'] {
  const own = env.PYTHONPATH;
  return { ...env, PYTHONPATH: own === undefined || own === '' ? folder : `${own}:${folder}` };
}
