/** A bench with the real body of the Processes port and a folder of its own. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ProcessEvent, ProcessSpec, RunningProcess } from '../../../src/base/ports.ts';
import { silentTrace } from '../../../src/base/trace.ts';
import {
  type ContainmentMode,
  probeContainment,
} from '../../../src/executor/processes/containment.ts';
import {
  createProcesses,
  type RealProcesses,
} from '../../../src/executor/processes/create-processes.ts';
import type { ProcessesBench, TaskBehaviour } from '../../ports/processes-suite.ts';

/** The ways of containment that this host allows. */
export const allowedModes: readonly ContainmentMode[] = (
  ['pid-namespace', 'user-namespace', 'marker-scan'] as const
).filter((mode) => {
  try {
    return probeContainment(silentTrace, mode).mode === mode;
  } catch {
    return false;
  }
});

export const pathVariable = '/usr/local/bin:/usr/bin:/bin';

/** Polls, because processes are watched from outside; rejects after `limitMs`. */
export async function until(condition: () => boolean, limitMs = 10_000): Promise<void> {
  const endMs = performance.now() + limitMs;
  while (!condition()) {
    if (performance.now() > endMs) throw new Error(`never true: ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** A file of a process under /proc; empty when the process is gone. */
export function readProcess(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}

export const allProcesses = (): readonly number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);

/** Live processes that carry the marker of an attempt whose key begins with `prefix`. */
export function marked(prefix: string): readonly number[] {
  const entry = `SKEIN_ATTEMPT_KEY=${prefix}`;
  return allProcesses().filter((pid) =>
    readProcess(pid, 'environ')
      .split('\0')
      .some((variable) => variable.startsWith(entry)),
  );
}

export interface Run {
  readonly spec: ProcessSpec;
  readonly process: RunningProcess;
  readonly events: readonly ProcessEvent[];
  /** Resolves with the last event, before any sweep. */
  ended(): Promise<ProcessEvent>;
  swept(): Promise<void>;
  stdout(): Buffer;
  stderr(): Buffer;
}

let benches = 0;

export class RealBench implements ProcessesBench {
  readonly folder = realpathSync(mkdtempSync(join(tmpdir(), 'skein-processes-')));
  readonly prefix = `bench-${process.pid}-${++benches}-`;
  readonly real: RealProcesses;
  #specs = 0;

  constructor(options: Parameters<typeof createProcesses>[0] = {}) {
    this.real = createProcesses(options);
  }

  get processes(): RealProcesses['processes'] {
    return this.real.processes;
  }

  spec(behaviour: TaskBehaviour): ProcessSpec {
    switch (behaviour.kind) {
      case 'exits':
        return this.task({ argv: ['sh', '-c', `exit ${behaviour.code}`] });
      case 'lasts':
        return this.task({ argv: ['sleep', '1000'] });
      case 'ignores-term':
        return this.task({
          argv: ['sh', '-c', 'trap \'\' TERM; : >>"$SETTLED"; while :; do sleep 1000; done'],
        });
      case 'cannot-start':
        return this.task({ cwd: join(this.folder, 'nowhere') });
    }
  }

  task(part: Partial<ProcessSpec>): ProcessSpec {
    const key = `${this.prefix}${++this.#specs}`;
    return {
      key,
      argv: ['true'],
      env: { PATH: pathVariable, SETTLED: join(this.folder, `${key}.settled`) },
      cwd: this.folder,
      stdoutFile: join(this.folder, `${key}.out`),
      stderrFile: join(this.folder, `${key}.err`),
      ...part,
    };
  }

  /** Starts a task and gathers its events. */
  run(part: Partial<ProcessSpec>): Run {
    const spec = this.task(part);
    const events: ProcessEvent[] = [];
    let end: (event: ProcessEvent) => void = () => {};
    const ended = new Promise<ProcessEvent>((resolve) => {
      end = resolve;
    });
    const running = this.processes.start(spec, (event) => {
      events.push(event);
      if (event.kind !== 'started') end(event);
    });
    return {
      spec,
      process: running,
      events,
      ended: () => ended,
      swept: () => new Promise((resolve) => running.sweep(resolve)),
      stdout: () => readFileSync(spec.stdoutFile),
      stderr: () => readFileSync(spec.stderrFile),
    };
  }

  /** Runs a line of shell to its end. */
  async shell(line: string): Promise<Run> {
    const run = this.run({ argv: ['sh', '-c', line] });
    await run.ended();
    return run;
  }

  settled(spec: ProcessSpec): Promise<void> {
    return until(() => existsSync(spec.env.SETTLED!));
  }

  until(condition: () => boolean): Promise<void> {
    return until(condition);
  }

  async close(): Promise<void> {
    await new Promise<void>((resolve) => this.real.close(resolve));
    rmSync(this.folder, { recursive: true, force: true });
  }
}
