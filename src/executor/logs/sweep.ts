/**
 * Walks over all files of attempts and all copies, slowly: removes what is too old or too much, and
 * shows what may have no whole copy to whoever copies.
 *
 * It owns the walk and the decision what goes. It does not own attempts that live, and does not
 * know the runs of the cluster: a run is alive here as long as an attempt of it is.
 *
 * Invariants:
 *   R1  Nothing of a run goes while an attempt of it lives here.
 *   R2  The files of a run are as old as the last byte that any of its attempts has written here.
 *   R3  One walk at a time, one look at the disk at a time, with pauses.
 *   R4  Removed are directories of attempts, whose names never come again, and then what is empty:
 *       an attempt that begins meanwhile loses nothing.
 */
import type { Cancellable, Clock } from '../../base/ports.ts';
import type { Trace } from '../../base/trace.ts';
import type { Files } from '../files.ts';
import { eachInTurn } from './in-turn.ts';
import type { LogSettings } from './limits.ts';
import { type AttemptFiles, type RunFiles, removeAttempts, runFilesOf } from './run-files.ts';

export const sweepLimits = {
  everyMs: 3_600_000,
  firstMs: 60_000,
  /** After so many looks at the disk … */
  looks: 50,
  /** … it rests for so long. */
  restMs: 50,
  /** Runs of which is remembered how much they take; the oldest, if there are more. */
  candidates: 10_000,
  /** Attempts without a write for so long had their time to be copied. */
  copyAgeMs: 24 * 3_600_000,
} as const;

export interface LogSweepOptions {
  readonly clock: Clock;
  readonly files: Files;
  readonly dataDir: string;
  readonly settings: Pick<LogSettings, 'keepMs' | 'keepBytes'>;
  readonly trace: Trace;
  /** Whether an attempt of this run lives here. */
  readonly isLive: (run: { readonly namespace: string; readonly runId: string }) => boolean;
  /** An ended attempt of the last day. */
  readonly show: (attempt: AttemptFiles) => void;
  /** Is shown every attempt of this node whose run has none that lives here. */
  readonly archive?: { check(attempt: AttemptFiles, next: () => void): void };
}

interface Candidate {
  readonly directory: string;
  readonly writtenAt: number;
  readonly bytes: number;
}

export interface SweepStatus {
  /** What logs and copies took at the last walk, in bytes. */
  readonly bytes: number;
  /** Attempts and copies that were removed since the start. */
  readonly removed: number;
}

export class LogSweep {
  readonly #options: LogSweepOptions;
  #timer: Cancellable | undefined;
  #isWalking = false;
  #shows = false;
  #again = false;
  #looks = 0;
  #bytes = 0;
  #removed = 0;
  #stopped = false;

  constructor(options: LogSweepOptions) {
    this.#options = options;
    this.#plan(sweepLimits.firstMs);
  }

  get status(): SweepStatus {
    return { bytes: this.#bytes, removed: this.#removed };
  }

  /** Walks soon, and shows what may have no copy. */
  lookForUncopied(): void {
    this.#shows = true;
    if (this.#isWalking) this.#again = true;
    else this.#plan(0);
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  #plan(delayMs: number): void {
    this.#timer?.cancel();
    this.#timer = this.#options.clock.after(delayMs, () => this.#walk());
  }

  #walk(): void {
    this.#isWalking = true;
    const shows = this.#shows;
    this.#shows = false;
    let candidates: Candidate[] = [];
    let bytes = 0;
    const visit = (run: RunFiles, isOriginal: boolean, next: () => void): void => {
      if (shows && isOriginal) this.#show(run);
      if (isOriginal && this.#mayGo(run)) this.#archive(run, () => weigh(run, next));
      else weigh(run, next);
    };
    const weigh = (run: RunFiles, next: () => void): void => {
      const taken = run.attempts.reduce((sum, each) => sum + each.bytes, 0);
      if (this.#mayGo(run)) {
        if (this.#isOld(run)) {
          this.#remove(run, next);
          return;
        }
        const { directory } = run;
        candidates.push({ directory, writtenAt: writtenAt(run), bytes: taken });
        if (candidates.length > 2 * sweepLimits.candidates) candidates = oldest(candidates);
      }
      bytes += taken;
      next();
    };
    this.#eachRun(visit, () => {
      this.#bytes = bytes;
      this.#shrink(oldest(candidates), () => this.#ended());
    });
  }

  #eachRun(
    visit: (run: RunFiles, isOriginal: boolean, next: () => void) => void,
    done: () => void,
  ): void {
    const { files, dataDir } = this.#options;
    const list = (path: string, then: (names: readonly string[]) => void): void =>
      this.#list(path, then);
    const roots = ['attempts', 'log-copies'];
    const inRoot = (root: string, next: () => void): void => {
      const path = `${dataDir}/${root}`;
      const inSpace = (space: string, then: () => void): void => {
        list(`${path}/${space}`, (runs) => {
          const inRun = (run: string, after: () => void): void =>
            runFilesOf(files, list, `${path}/${space}/${run}`, (found) => {
              if (this.#stopped) return;
              visit(found, root === 'attempts', after);
            });
          eachInTurn(runs, inRun, then);
        });
      };
      list(path, (spaces) => eachInTurn(spaces, inSpace, next));
    };
    eachInTurn(roots, inRoot, done);
  }

  /** R3. */
  #list(path: string, then: (names: readonly string[]) => void): void {
    if (this.#stopped) return;
    const { files, clock } = this.#options;
    const look = (): void => files.list(path, (names) => then(names.ok ? names.value : []));
    this.#looks += 1;
    if (this.#looks % sweepLimits.looks !== 0) look();
    else this.#timer = clock.after(sweepLimits.restMs, look);
  }

  #show({ attempts }: RunFiles): void {
    const since = this.#options.clock.wallMs() - sweepLimits.copyAgeMs;
    for (const attempt of attempts) {
      if (attempt.bytes > 0 && attempt.writtenAt >= since) this.#options.show(attempt);
    }
  }

  /** R3: the marks of what is archived are looked for one by one. */
  #archive({ attempts }: RunFiles, done: () => void): void {
    const { archive } = this.#options;
    if (archive === undefined) {
      done();
      return;
    }
    const written = attempts.filter(({ bytes }) => bytes > 0);
    eachInTurn(written, (attempt, next) => archive.check(attempt, next), done);
  }

  /** R1. */
  #mayGo({ attempts }: RunFiles): boolean {
    const [first] = attempts;
    return first !== undefined && !this.#options.isLive(first.id);
  }

  /** R2. A clock that was set back makes nothing old. */
  #isOld(run: RunFiles): boolean {
    const { clock, settings } = this.#options;
    return clock.wallMs() - writtenAt(run) > settings.keepMs;
  }

  /** The oldest go, until the rest is no more than what is kept. */
  #shrink(candidates: readonly Candidate[], done: () => void): void {
    const { files, settings } = this.#options;
    const step = ({ directory, writtenAt: known, bytes }: Candidate, next: () => void) => {
      if (this.#bytes <= settings.keepBytes) return next();
      runFilesOf(
        files,
        (path, then) => this.#list(path, then),
        directory,
        (run) => {
          // It may have begun to live again since it was measured.
          if (!this.#mayGo(run) || writtenAt(run) > known) return next();
          this.#bytes -= bytes;
          this.#remove(run, next);
        },
      );
    };
    eachInTurn(candidates, step, done);
  }

  #remove(run: RunFiles, done: () => void): void {
    removeAttempts(this.#options.files, run, (errors) => {
      this.#removed += run.attempts.length - errors.length;
      const [error] = errors;
      if (error !== undefined) this.#options.trace('warn', 'executor.logs_not_removed', { error });
      done();
    });
  }

  #ended(): void {
    this.#isWalking = false;
    if (this.#stopped) return;
    this.#plan(this.#again ? 0 : sweepLimits.everyMs);
    this.#again = false;
  }
}

const writtenAt = ({ attempts }: RunFiles): number =>
  attempts.reduce((latest, attempt) => Math.max(latest, attempt.writtenAt), 0);

/** At most `candidates` of them. */
const oldest = (candidates: readonly Candidate[]): Candidate[] =>
  candidates.toSorted((a, b) => a.writtenAt - b.writtenAt).slice(0, sweepLimits.candidates);
