/**
 * Processes whose files must not show certain texts: they write into pipes, and the masker writes
 * the files. All other processes write into their files by themselves, as always.
 */
import type { ProcessEvent, Processes, ProcessSpec, RunningProcess } from '../../base/ports.ts';
import { type MaskedLog, type Masker, pipeOf } from './masker.ts';

export const maskedProcesses = (inner: Processes, masker: Masker): Processes => ({
  start(spec, observe) {
    const { masked = [], ...rest } = spec;
    if (masked.length === 0) return inner.start(rest, observe);
    return new MaskedProcess({ inner, masker, spec: rest, masked, observe });
  },
});

interface Parts {
  readonly inner: Processes;
  readonly masker: Masker;
  readonly spec: ProcessSpec;
  readonly masked: readonly string[];
  readonly observe: (event: ProcessEvent) => void;
}

class MaskedProcess implements RunningProcess {
  readonly #observe: Parts['observe'];
  #process: RunningProcess | undefined;
  #log: MaskedLog | undefined;
  #asked: 'TERM' | 'KILL' | undefined;

  constructor({ inner, masker, spec, masked, observe }: Parts) {
    this.#observe = observe;
    const { stdoutFile, stderrFile } = spec;
    masker.open([stdoutFile, stderrFile], masked, (opened) => {
      if (!opened.ok) {
        observe({ kind: 'failed', reason: `its log cannot be masked: ${opened.error}` });
        return;
      }
      this.#log = opened.value;
      const piped = { stdoutFile: pipeOf(stdoutFile), stderrFile: pipeOf(stderrFile) };
      this.#process = inner.start({ ...spec, ...piped }, (event) => this.#follow(event));
      if (this.#asked !== undefined) this.#process.signal(this.#asked);
    });
  }

  signal(name: 'TERM' | 'KILL'): void {
    this.#asked = name;
    this.#process?.signal(name);
  }

  pace(cpuMilli: number | undefined): void {
    this.#process?.pace?.(cpuMilli);
  }

  /** The log is whole when nothing of the attempt is alive, and the masker is done with it. */
  sweep(done: () => void): void {
    this.#process?.sweep(() => this.#close(done));
  }

  #follow(event: ProcessEvent): void {
    if (event.kind === 'failed') this.#close(() => this.#observe(event));
    else this.#observe(event);
  }

  #close(done: () => void): void {
    if (this.#log === undefined) done();
    else this.#log.close(done);
  }
}
