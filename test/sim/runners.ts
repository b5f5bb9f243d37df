/** The runners of a simulated executor: the real ones, over simulated programs. */
import type { Incarnation } from '../../src/base/brand.ts';
import type { Clock } from '../../src/base/ports.ts';
import type { MemoryFiles } from '../../src/executor/memory-files.ts';
import type { Runner, Runners } from '../../src/executor/runner.ts';
import { fileRunner } from '../../src/executor/runners/file.ts';
import { noopRunner } from '../../src/executor/runners/noop.ts';
import { shellRunner } from '../../src/executor/runners/shell.ts';
import { effectOf, type Programs } from './programs.ts';

export function simRunners(parts: {
  readonly clock: Clock;
  readonly programs: Programs;
  readonly files: MemoryFiles;
  readonly life: Incarnation;
}): Runners {
  const { clock, programs, files, life } = parts;
  let marks = 0;
  const nextMark = (): string => `${life}-${++marks}`;
  const tools = { clock, processes: programs, files, dataDir: '/data', inherited: {}, nextMark };
  return new Map([
    ['noop', witnessed(noopRunner(clock), programs)],
    ['shell', shellRunner(tools)],
    ['file', fileRunner(tools)],
  ]);
}

/** A noop has no process; its instant of work stands in the effect ledger all the same. */
function witnessed(runner: Runner, programs: Programs): Runner {
  return {
    start(dispatch, observe) {
      const { id, attempt, env } = dispatch;
      const { node, executor, effects, timeline } = programs.parts;
      return runner.start(dispatch, (event) => {
        if (event.kind === 'started') {
          const names = {
            ...{ SKEIN_NAMESPACE: id.namespace, SKEIN_RUN_ID: id.runId, SKEIN_TASK_ID: id.taskId },
          };
          const numbers = { SKEIN_ATTEMPT: String(attempt), SKEIN_TOKEN: String(id.token) };
          const place = { SKEIN_MAP_INDEX: String(id.mapIndex) };
          const spec = { env: { ...env, ...names, ...numbers, ...place } };
          const effect = effectOf(spec, { node, executor, startedAtMs: timeline.nowMs });
          effects.start(effect);
          effects.end(effect, timeline.nowMs);
        }
        observe(event);
      });
    },
  };
}
