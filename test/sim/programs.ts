/**
 * The simulated Processes port: programs that last, fail, hang and ignore signals on demand.
 *
 *     sim 500 0        lasts 500 ms, then exits with 0
 *     sim 500 1,99,0   the first attempt exits with 1, the second with 99, every later one with 0
 *     sim hang 0       lasts until it is killed
 *     sim-deaf 500 0   ignores TERM
 *     sim-output 5 0   writes its token to SKEIN_OUTPUT
 *     sim-count 5 0    writes {"n": its attempt, "token": its token}
 *     sim-list 5 0 3   writes a list with its token three times
 *     sim-branch 5 0 a+b   writes {"follow": ["a", "b"], "token": its token}
 *
 * The programs are processes of their own: a stopped executor does not stop them, the end of the
 * executor ends them (containment), and they sleep when their machine sleeps.
 */
import type { ProcessEvent, Processes, ProcessSpec, RunningProcess } from '../../src/base/ports.ts';
import type { MemoryFiles } from '../../src/executor/memory-files.ts';
import type { Chance } from './chance.ts';
import type { Effect, Effects } from './effects.ts';
import type { SimProcess } from './process.ts';
import type { Timeline } from './timeline.ts';

export interface ProgramsOptions {
  readonly node: string;
  readonly executor: SimProcess;
  /** The machine under the programs; it sleeps with the node and ends with the executor. */
  readonly machine: SimProcess;
  readonly files: MemoryFiles;
  readonly effects: Effects;
  readonly timeline: Timeline;
  readonly chance: Chance;
}

export interface Program {
  readonly lastsMs: number | undefined;
  readonly codes: readonly number[];
  readonly deaf: boolean;
  /** What it writes to SKEIN_OUTPUT; undefined: nothing. Always with its token in it. */
  readonly output: ((effect: Pick<Effect, 'attempt' | 'token'>) => unknown) | undefined;
}

export function parseProgram(command: string): Program {
  const [word = '', lasts = '0', codes = '0', what = ''] = command.split(' ');
  return {
    lastsMs: lasts === 'hang' ? undefined : Number(lasts),
    codes: codes.split(',').map(Number),
    deaf: word === 'sim-deaf',
    output: outputOf(word, what),
  };
}

function outputOf(word: string, what: string): Program['output'] {
  switch (word) {
    case 'sim-output':
      return ({ token }) => token;
    case 'sim-count':
      return ({ attempt, token }) => ({ n: attempt, token });
    case 'sim-list':
      return ({ token }) => Array.from({ length: Number(what) }, () => token);
    case 'sim-branch': {
      const follow = what === 'none' ? [] : what.split('+');
      return ({ token }) => ({ follow, token });
    }
    default:
      return undefined;
  }
}

export class Programs implements Processes {
  readonly #options: ProgramsOptions;
  readonly #running = new Set<Effect>();
  #pids = 1000;

  constructor(options: ProgramsOptions) {
    this.#options = options;
  }

  start(spec: ProcessSpec, observe: (event: ProcessEvent) => void): RunningProcess {
    const { machine, executor, chance } = this.#options;
    const tell = (event: ProcessEvent): void => executor.enter(() => observe(event));
    const life = new ProgramLife(this, spec, tell);
    machine.clock.after(chance.between(0.5, 4), () => life.begin(++this.#pids));
    return life;
  }

  /** The executor has ended, however it ended: containment leaves nothing alive. */
  endAll(): void {
    for (const effect of this.#running) this.end(effect);
    this.#options.machine.kill();
  }

  get parts(): ProgramsOptions {
    return this.#options;
  }

  begin(spec: ProcessSpec): Effect {
    const { node, executor, effects, timeline } = this.#options;
    const effect = effectOf(spec, { node, executor, startedAtMs: timeline.nowMs });
    this.#running.add(effect);
    effects.start(effect);
    return effect;
  }

  end(effect: Effect): void {
    this.#running.delete(effect);
    this.#options.effects.end(effect, this.#options.timeline.nowMs);
  }
}

/** What the environment of an attempt says of it. */
export function effectOf(
  spec: Pick<ProcessSpec, 'env'>,
  place: Pick<Effect, 'node' | 'executor' | 'startedAtMs'>,
): Effect {
  const { env } = spec;
  return {
    ...place,
    namespace: env.SKEIN_NAMESPACE ?? '',
    runId: env.SKEIN_RUN_ID ?? '',
    instance: `${env.SKEIN_RUN_ID}/${env.SKEIN_TASK_ID}[${env.SKEIN_MAP_INDEX}]`,
    attempt: Number(env.SKEIN_ATTEMPT),
    token: Number(env.SKEIN_TOKEN),
    takes: JSON.parse(env.SIM_TAKES ?? '{}'),
    limitMs: Number(env.SIM_LIMIT_MS ?? Number.POSITIVE_INFINITY),
    endedAtMs: undefined,
  };
}

class ProgramLife implements RunningProcess {
  readonly #programs: Programs;
  readonly #spec: ProcessSpec;
  readonly #tell: (event: ProcessEvent) => void;
  readonly #program: Program;
  #effect: Effect | undefined;
  #ended = false;

  constructor(programs: Programs, spec: ProcessSpec, tell: (event: ProcessEvent) => void) {
    this.#programs = programs;
    this.#spec = spec;
    this.#tell = tell;
    this.#program = parseProgram(spec.argv.at(-1) ?? '');
  }

  begin(pid: number): void {
    // A signal may overtake the start: then nothing ever runs.
    if (this.#ended) return;
    this.#effect = this.#programs.begin(this.#spec);
    this.#tell({ kind: 'started', pid });
    const { lastsMs } = this.#program;
    if (lastsMs !== undefined) this.#later(lastsMs, () => this.#exit());
  }

  signal(name: 'TERM' | 'KILL'): void {
    const { chance } = this.#programs.parts;
    if (name === 'TERM' && this.#program.deaf) return;
    const number = name === 'TERM' ? 15 : 9;
    this.#later(chance.between(0.1, name === 'TERM' ? 30 : 2), () => this.#die(number));
  }

  sweep(done: () => void): void {
    const { executor } = this.#programs.parts;
    this.#later(0.2, () => executor.enter(done));
  }

  #exit(): void {
    if (this.#ended) return;
    const { codes, output } = this.#program;
    const effect = this.#effect;
    const attempt = effect?.attempt ?? 1;
    const code = codes[Math.min(attempt, codes.length) - 1] ?? 0;
    const { files } = this.#programs.parts;
    const path = this.#spec.env.SKEIN_OUTPUT;
    if (code === 0 && output !== undefined && effect !== undefined && path !== undefined) {
      files.print(path, JSON.stringify(output(effect)));
    }
    this.#finish({ kind: 'exited', code, signal: undefined });
  }

  #die(signal: number): void {
    if (!this.#ended) this.#finish({ kind: 'exited', code: 128 + signal, signal });
  }

  #finish(event: ProcessEvent): void {
    this.#ended = true;
    if (this.#effect !== undefined) this.#programs.end(this.#effect);
    this.#tell(event);
  }

  #later(delayMs: number, run: () => void): void {
    this.#programs.parts.machine.clock.after(delayMs, run);
  }
}
