/**
 * Runs a command with `/bin/sh -c`. The command is the author's own text, handed over as one
 * argument; nothing is pasted into it: params and outputs reach it as environment variables.
 */
import { assert } from '../../base/assert.ts';
import { ProcessJob, type ProcessTools } from '../process-job.ts';
import type { Runner } from '../runner.ts';

export const shellRunner = (tools: ProcessTools): Runner => ({
  start(dispatch, observe) {
    const { action } = dispatch;
    assert(action.kind === 'shell', 'the registry gives each runner its own kind');
    const plan = () => ({ argv: ['/bin/sh', '-c', action.command], script: undefined });
    return new ProcessJob({ tools, dispatch, plan, observe });
  },
});
