/** One runner on this machine, with real processes: what it is given, and how it ended. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { present } from '../../base/assert.ts';
import { incarnation } from '../../base/brand.ts';
import type { Clock } from '../../base/ports.ts';
import type { WorkAction } from '../../model/dag.ts';
import { processMarks } from '../attempt-key.ts';
import { inheritable } from '../context.ts';
import { nodeFiles } from '../node-files.ts';
import type { ProcessTools } from '../process-job.ts';
import { createProcesses } from '../processes/create-processes.ts';
import { realRunners } from '../real-runners.ts';
import type { Runners, Work } from '../runner.ts';
import { dispatchOf } from './executor-story.ts';
import { type Observed, observed } from './observed.ts';

export interface Run extends Observed {
  /** The attempt's own directory. */
  readonly directory: string;
  readonly log: (stream: 'stdout' | 'stderr') => string;
}

export class RunnerStory {
  readonly dataDir = mkdtempSync(join(tmpdir(), 'skein-runners-'));
  readonly #real = createProcesses({ helpers: 2 });
  readonly #runners: Runners;
  #attempts = 0;

  /** `around`: what stands around the runners on a real node. */
  constructor(
    clock: Clock,
    around: (runners: Runners, tools: ProcessTools) => Runners = (runners) => runners,
  ) {
    const tools: ProcessTools = {
      clock,
      processes: this.#real.processes,
      files: nodeFiles,
      dataDir: this.dataDir,
      inherited: inheritable(process.env),
      nextMark: processMarks(incarnation(`runners-test-${process.pid}`)),
    };
    this.#runners = around(realRunners(tools), tools);
  }

  run(action: WorkAction, more: Partial<Work> = {}): Run {
    this.#attempts += 1;
    const dispatch = dispatchOf('task', this.#attempts, { action, ...more });
    const { id, attempt } = dispatch;
    const directory = `${this.dataDir}/attempts/default/run-1/task/0/${attempt}-${id.token}`;
    const runner = present(this.#runners.get(action.kind), 'there is a runner of each kind');
    const log: Run['log'] = (stream) => readFileSync(`${directory}/${stream}`, 'utf8');
    return { ...observed(runner, dispatch), directory, log };
  }

  async close(): Promise<void> {
    await new Promise<void>((done) => this.#real.close(done));
    rmSync(this.dataDir, { recursive: true });
  }
}
