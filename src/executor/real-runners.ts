/** The runners of a real node. The simulator makes a registry of its own from the same parts. */
import type { ProcessTools } from './process-job.ts';
import type { Runners } from './runner.ts';
import { fileRunner } from './runners/file.ts';
import { httpRunner } from './runners/http.ts';
import { noopRunner } from './runners/noop.ts';
import { pythonRunner } from './runners/python.ts';
import { shellRunner } from './runners/shell.ts';

export const realRunners = (tools: ProcessTools): Runners =>
  new Map([
    ['noop', noopRunner(tools.clock)],
    ['shell', shellRunner(tools)],
    ['python', pythonRunner(tools)],
    ['http', httpRunner(tools)],
    ['file', fileRunner(tools)],
  ]);
