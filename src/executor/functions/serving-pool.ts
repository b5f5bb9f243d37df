/**
 * Workers that stay for many calls, of functions whose authors allow it (`reuse: true`). What a
 * module keeps in memory is there for the next call of the same task, and for nobody else's.
 *
 * A call waits for a free worker of its own kind. There is one more as soon as somebody has waited
 * for as long as it takes to boot one, if more can be of use: short calls share as many workers as
 * there are processors, and a hundred long ones have one each after a second.
 *
 * It owns the workers and their folders, and the order of the calls that wait.
 *
 * Invariants:
 *   SP1  A worker makes calls of one task of one DAG of one namespace, with one code, one set of
 *        limits and one set of secrets; and one at a time.
 *   SP2  A worker that has ended, or is to end, is given no call.
 *   SP3  At most `workersMax` are alive and `idleMax` of them without a call.
 */
import { mkdir, rename } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname } from 'node:path';
import { assert, unreachable } from '../../base/assert.ts';
import type {
  Cancellable,
  Clock,
  ProcessEvent,
  Processes,
  ProcessSpec,
  RunningProcess,
} from '../../base/ports.ts';
import type { Environment } from '../context.ts';
import type { Masker } from '../masking/masker.ts';
import { type Answer, workerLogsIn } from './call.ts';
import { profileOf, readAtStart } from './profile.ts';
import { type AskedCall, type AttemptKeeper, ServedAttempt } from './served-attempt.ts';
import { ServingWorker, type WorkerEnd } from './serving-worker.ts';

/** Each takes some 50 MB; a call beyond waits until one ends. */
const workersMax = 256;
/** Those that wait for a call; the one that has waited longest gives way. */
const idleMax = 8;
const idleMsMax = 60_000;
/** What a library loses bit by bit comes back with the next worker. */
const callsMax = 10_000;
/** Another worker is booted for nobody who has waited for less. */
const waitMsMin = 60;
const lookEveryMs = 20;
/** Calls that take less are work for processors: more workers than those make nothing faster. */
const lastingMsMin = 20;
/** One that is under way counts when its answer cannot just be waiting to be heard. */
const underWayMsMin = 100;
/** The last call counts for so much in what the calls of a crew take. */
const newestShare = 0.2;

const processors = availableParallelism();

export interface ServingPoolOptions {
  readonly clock: Clock;
  readonly processes: Processes;
  /** Workers have a folder each in it; absolute. */
  readonly folder: string;
  /** What they inherit before they know their call. */
  readonly inherited: Environment;
  readonly nextMark: () => string;
  /** The words that start a worker which stays in a folder. */
  readonly serving: (folder: string) => readonly string[];
  /** Absent: nobody hides secrets here, and no call has any. */
  readonly masker?: Masker;
}

/** The workers of one kind of calls, and who waits for them. */
interface Crew {
  readonly key: string;
  readonly waiting: Set<ServedAttempt>;
  /** All that are alive. */
  readonly workers: Set<Seat>;
  /** The warmest comes last. */
  readonly idle: Seat[];
  booting: number;
  /** When a worker became ready last, and how long it took to. */
  readyMs: number;
  bootMs: number;
  /** What its calls take, smoothed. */
  callMs: number;
}

interface Seat {
  readonly crew: Crew;
  readonly worker: ServingWorker;
  readonly bornMs: number;
  isReady: boolean;
  attempt: ServedAttempt | undefined;
  /** When it was given its call, or became idle. */
  sinceMs: number;
}

export class ServingPool implements AttemptKeeper {
  readonly #options: ServingPoolOptions;
  readonly #crews = new Map<string, Crew>();
  /** Of all crews, in the order in which they became idle. */
  readonly #idle = new Set<Seat>();
  #alive = 0;
  #made = 0;
  #look: Cancellable | undefined;
  #expiry: Cancellable | undefined;

  constructor(options: ServingPoolOptions) {
    this.#options = options;
  }

  /** Workers that are alive, those that boot included. */
  get alive(): number {
    return this.#alive;
  }

  start(
    spec: ProcessSpec,
    asked: AskedCall,
    observe: (event: ProcessEvent) => void,
  ): RunningProcess {
    const sinceMs = this.#options.clock.monotonicMs();
    const attempt = new ServedAttempt({ spec, asked, sinceMs, keeper: this, observe });
    const { masked = [], stdoutFile, stderrFile } = spec;
    const { masker } = this.#options;
    if (masked.length === 0) this.#queue(attempt);
    else if (masker === undefined) this.soon(() => attempt.fail('nobody hides its secrets'));
    else {
      masker.open([stdoutFile, stderrFile], masked, (opened) => {
        if (!opened.ok) attempt.fail(`its log cannot be masked: ${opened.error}`);
        else if (attempt.masked(opened.value)) this.#queue(attempt);
      });
    }
    return attempt;
  }

  withdraw(attempt: ServedAttempt): void {
    for (const crew of this.#crews.values()) crew.waiting.delete(attempt);
  }

  soon(run: () => void): void {
    this.#options.clock.soon(run);
  }

  #queue(attempt: ServedAttempt): void {
    const crew = this.#crewOf(attempt);
    crew.waiting.add(attempt);
    this.#pump(crew);
  }

  #crewOf({ spec, asked }: ServedAttempt): Crew {
    const key = crewKey(spec, asked);
    const known = this.#crews.get(key);
    if (known !== undefined) return known;
    const own = { waiting: new Set<ServedAttempt>(), workers: new Set<Seat>(), idle: [] };
    const crew: Crew = { key, ...own, booting: 0, readyMs: 0, bootMs: 0, callMs: 0 };
    this.#crews.set(key, crew);
    return crew;
  }

  #pump(crew: Crew): void {
    for (const attempt of crew.waiting) {
      const seat = crew.idle.pop();
      if (seat === undefined) break;
      this.#idle.delete(seat);
      crew.waiting.delete(attempt);
      assert(seat.attempt === undefined && crew.workers.has(seat), 'SP1, SP2: it is free');
      seat.attempt = attempt;
      seat.sinceMs = this.#options.clock.monotonicMs();
      attempt.giveTo(seat.worker);
    }
    if (crew.waiting.size > 0) {
      if (crew.workers.size === 0) this.#boot(crew);
      this.#lookLater();
    } else if (crew.workers.size === 0) this.#crews.delete(crew.key);
  }

  #lookLater(): void {
    this.#look ??= this.#options.clock.after(lookEveryMs, () => {
      this.#look = undefined;
      for (const crew of this.#crews.values()) {
        if (crew.waiting.size === 0) continue;
        this.#grow(crew);
        this.#lookLater();
      }
    });
  }

  #grow(crew: Crew): void {
    const [oldest] = crew.waiting;
    if (oldest === undefined || crew.booting > 0) return;
    const nowMs = this.#options.clock.monotonicMs();
    const waitedMs = nowMs - Math.max(oldest.sinceMs, crew.readyMs);
    // On a busy machine boots are slow, and more of them would make it slower.
    if (crew.workers.size > 0 && waitedMs < Math.max(waitMsMin, crew.bootMs)) return;
    if (crew.workers.size >= processors && !isLasting(crew, nowMs)) return;
    const wanted = Math.min(crew.waiting.size, Math.max(1, crew.workers.size));
    for (let at = 0; at < wanted; at++) this.#boot(crew);
  }

  #boot(crew: Crew): void {
    if (this.#alive >= workersMax) {
      // SP3. The next look finds room, where one was idle.
      this.#letGo();
      return;
    }
    const [waiting] = crew.waiting;
    if (waiting === undefined) return;
    const { clock, processes, folder, serving } = this.#options;
    this.#made += 1;
    this.#alive += 1;
    crew.booting += 1;
    const own = `${folder}/${this.#made}`;
    const seat: Seat = {
      crew,
      worker: new ServingWorker({
        ...{ clock, processes, folder: own, code: waiting.asked.code },
        spec: { ...this.#bootSpec(waiting.spec), argv: serving(own) },
        listener: {
          ready: () => this.#ready(seat),
          answered: (answer) => this.#answered(seat, answer),
          ended: (event) => this.#bury(seat, event),
        },
      }),
      bornMs: clock.monotonicMs(),
      isReady: false,
      attempt: undefined,
      sinceMs: 0,
    };
    crew.workers.add(seat);
  }

  /** What is read at the start has to be there then; all else comes with each call. */
  #bootSpec({ env, masked, cwd, stdoutFile, stderrFile, ...rest }: ProcessSpec) {
    const { inherited, nextMark } = this.#options;
    return { ...rest, key: nextMark(), env: { ...inherited, ...startEnvironment(env) } };
  }

  #ready(seat: Seat): void {
    if (seat.isReady) return;
    seat.isReady = true;
    seat.crew.booting -= 1;
    seat.crew.readyMs = this.#options.clock.monotonicMs();
    seat.crew.bootMs = seat.crew.readyMs - seat.bornMs;
    this.#free(seat);
  }

  #answered(seat: Seat, answer: Exclude<Answer, { kind: 'ready' }>): void {
    const { attempt, crew } = seat;
    if (attempt === undefined) return;
    switch (answer.kind) {
      case 'ended': {
        crew.callMs += (answer.tookMs - crew.callMs) * newestShare;
        const mayStay = seat.worker.calls < callsMax;
        seat.attempt = undefined;
        const isFree = attempt.answered(mayStay ? answer : { ...answer, stays: false });
        if (isFree) this.#free(seat);
        else this.#drop(seat);
        return;
      }
      case 'stale': {
        seat.attempt = undefined;
        this.#retire(seat);
        if (!attempt.takeBack()) return;
        const others = [...crew.waiting];
        crew.waiting.clear();
        for (const each of [attempt, ...others]) crew.waiting.add(each);
        this.#pump(crew);
        return;
      }
      case 'refused':
        seat.attempt = undefined;
        this.#drop(seat);
        attempt.fail(answer.reason);
        return;
      default:
        unreachable(answer);
    }
  }

  #free(seat: Seat): void {
    const { crew } = seat;
    seat.sinceMs = this.#options.clock.monotonicMs();
    crew.idle.push(seat);
    this.#idle.add(seat);
    this.#pump(crew);
    if (this.#idle.size > idleMax) this.#letGo();
    this.#expireLater();
  }

  /** Ends the worker that has been idle longest, if there is one. */
  #letGo(): void {
    const [oldest] = this.#idle;
    if (oldest !== undefined) this.#retire(oldest);
  }

  #expireLater(): void {
    const [oldest] = this.#idle;
    if (oldest === undefined || this.#expiry !== undefined) return;
    const { clock } = this.#options;
    const leftMs = oldest.sinceMs + idleMsMax - clock.monotonicMs();
    this.#expiry = clock.after(Math.max(0, leftMs), () => {
      this.#expiry = undefined;
      for (const seat of this.#idle) {
        if (clock.monotonicMs() - seat.sinceMs < idleMsMax) break;
        this.#retire(seat);
      }
      this.#expireLater();
    });
  }

  #retire(seat: Seat): void {
    this.#drop(seat);
    seat.worker.sweep(() => seat.worker.remove());
  }

  /** SP2: it is ended by whoever holds it now. */
  #drop(seat: Seat): void {
    const { crew } = seat;
    crew.workers.delete(seat);
    this.#idle.delete(seat);
    const place = crew.idle.indexOf(seat);
    if (place >= 0) crew.idle.splice(place, 1);
    this.#pump(crew);
  }

  #bury(seat: Seat, event: WorkerEnd): void {
    const { crew, worker, attempt } = seat;
    this.#alive -= 1;
    const isNews = crew.workers.has(seat);
    if (!seat.isReady) crew.booting -= 1;
    seat.attempt = undefined;
    if (attempt !== undefined) attempt.workerEnded(event, worker);
    else if (!seat.isReady) this.#stillborn(seat, event);
    else if (isNews) worker.sweep(() => worker.remove());
    if (isNews) this.#drop(seat);
  }

  /** Whoever has waited longest hears why there is no worker: it may be what the task asks for. */
  #stillborn({ crew, worker }: Seat, event: WorkerEnd): void {
    const [attempt] = crew.waiting;
    if (attempt === undefined) {
      worker.sweep(() => worker.remove());
      return;
    }
    crew.waiting.delete(attempt);
    const reason = 'its worker ended before it was ready';
    const isSilent = event.kind === 'exited' && event.code === 0;
    const told = isSilent ? ({ kind: 'failed', reason } as const) : event;
    const { stderrFile } = workerLogsIn(worker.folder);
    const target = attempt.spec.stderrFile;
    // Node says there which of its options it does not take. A worker makes the directory of its
    // attempt; this one was none yet.
    mkdir(dirname(target), { recursive: true }, () =>
      rename(stderrFile, target, () => attempt.workerEnded(told, worker)),
    );
  }
}

/** Whether its calls wait for something themselves. */
const isLasting = ({ workers, callMs }: Crew, nowMs: number): boolean =>
  callMs >= lastingMsMin ||
  [...workers].some(
    ({ attempt, sinceMs }) => attempt !== undefined && nowMs - sinceMs >= underWayMsMin,
  );

function startEnvironment(env: Environment): Environment {
  return Object.fromEntries(Object.entries(env).filter(([name]) => readAtStart.test(name)));
}

/** SP1: all that two calls of one worker have in common. */
function crewKey(spec: ProcessSpec, { owner, code, call }: AskedCall): string {
  const { export: name, file } = call;
  const what = [owner, code, name, call.isInline ? null : file];
  const how = [profileOf(spec), startEnvironment(spec.env)];
  return JSON.stringify([what, how]);
}
