/**
 * Runs a task as a Job of a Kubernetes cluster, one for each attempt
 * (`docs/guide/containers.md`).
 *
 * A driver owns its Job and the order of steps. Kubernetes owns the pod; the job of the attempt
 * (`container-job.ts`) owns the events and the stop. An API server that does not answer for a while
 * ends nothing: its pods go on, and so do we.
 *
 * Invariants:
 *   B1  A Job is made once in an attempt, and none after a stop; one that is there already by our
 *       name and token is the one that we made.
 *   B2  `clear` resolves when the API server has said that the Job and its pods are gone, or that
 *       there never were any.
 */
import { assert } from '../../base/assert.ts';
import type { Clock } from '../../base/ports.ts';
import type { JsonObject } from '../../model/json.ts';
import type { Files } from '../files.ts';
import { type ActionOf, failedWith, type Runner, type RunResult, type Work } from '../runner.ts';
import type { Workspace } from '../workspace.ts';
import { type ContainerDriver, ContainerJob, stoppedEarly } from './container-job.ts';
import { labelKeys } from './container-owner.ts';
import { type KubernetesApi, KubernetesError } from './kubernetes/api.ts';
import * as calls from './kubernetes/calls.ts';
import { jobManifest, jobName, secretManifest } from './kubernetes/job-manifest.ts';
import type { KubernetesHost } from './kubernetes/kubernetes-host.ts';
import { labelValue } from './kubernetes/names.ts';
import type { KubernetesJob } from './kubernetes/objects.ts';
import { PodLog } from './kubernetes/pod-log.ts';
import { containerResult, failureResult } from './kubernetes/pod-result.ts';
import { jobFailure, type PodProblem, type PodState, podState } from './kubernetes/pod-state.ts';

export interface KubernetesTools {
  readonly clock: Clock;
  readonly files: Files;
  readonly dataDir: string;
  readonly host: KubernetesHost;
}

export const kubernetesRunner = (tools: KubernetesTools): Runner => ({
  start(dispatch, observe) {
    const { action } = dispatch;
    assert(action.kind === 'kubernetes', 'the registry gives each runner its own kind');
    const drive = (job: ContainerJob) => new KubernetesDriver({ tools, dispatch, action, job });
    return new ContainerJob({ tools, dispatch, observe, drive });
  },
});

interface DriverOptions {
  readonly tools: KubernetesTools;
  readonly dispatch: Work;
  readonly action: ActionOf<'kubernetes'>;
  readonly job: ContainerJob;
}

/** A Job that may be there. */
interface Asked {
  readonly api: KubernetesApi;
  readonly namespace: string;
  readonly name: string;
}

type Ended = Exclude<PodState, { kind: 'waiting' | 'running' }>;

const retry = { retryable: true } as const;

/** A request to make the Job is repeated so often, where its fate is not known. */
const createTries = 3;
const againMs = 1_000;
/** Between two looks at what is to go: longer and longer. */
const clearMs = 200;
const clearMsMax = 2_000;
/** Between two looks at pods of which nothing is heard. */
const lookSeconds = 30;
const lateSeconds = 5;
/** An image that cannot be fetched, or a container that does not start, may mend for so long. */
const problemMs = 120_000;
/**
 * 401 and 403 may pass for so long: an API server that has just started does not know all roles
 * yet, a token may be renewed a little late, and a role that is replaced is gone for a moment.
 */
const denialMs = 60_000;
/** Of a pod that ends on request, when that is not soon enough. */
const killSeconds = 1;

class KubernetesDriver implements ContainerDriver {
  readonly #options: DriverOptions;
  readonly #job: ContainerJob;
  /** Aborted when something should be looked at now. */
  #wake = new AbortController();
  #asked: Asked | undefined;
  #log: PodLog | undefined;
  #problemSince: number | undefined;
  /** Since then every look was denied. */
  #deniedSince: number | undefined;
  /**
   * Somebody else deletes its pod: a drain, a preemption. As for the Job, that is a failure however
   * the program takes it; a pod that had succeeded before stays what it was.
   */
  #isTaken = false;
  /** Its container has ended, and nothing of it runs whether the Job is there or not. */
  #isSeenEnded = false;

  constructor(options: DriverOptions) {
    this.#options = options;
    this.#job = options.job;
  }

  stop(): void {
    this.#wake.abort();
  }

  async run(space: Workspace): Promise<RunResult> {
    const { tools, dispatch, action } = this.#options;
    const { host } = tools;
    const manifest = jobManifest({ dispatch, action, owner: host.owner });
    if (!manifest.ok) return failedWith(manifest.error, { retryable: false });
    this.#log = await PodLog.open(space, this.#job, dispatch.opened?.secrets);
    const api = await this.#job.unlessStopped(host.api());
    const namespace = action.namespace ?? api.namespace;
    await this.#job.unlessStopped(host.prepare(namespace));
    this.#job.mayGoOn();
    const name = jobName({ dispatch, action, owner: host.owner });
    const asked: Asked = { api, namespace, name };
    const job = await this.#create(asked, manifest.value);
    const secret = secretManifest({ dispatch, action, owner: host.owner }, job.metadata);
    if (secret !== null) await calls.createSecret(api, namespace, secret);
    const ended = await this.#untilEnd(asked);
    await this.#log.finish();
    return await this.#conclude(ended, space);
  }

  /** A request whose answer is lost is repeated: at most one of them makes the Job (B1). */
  async #create(asked: Asked, manifest: JsonObject): Promise<KubernetesJob> {
    for (let left = createTries; ; left -= 1) {
      try {
        const job = await calls.createJob(asked.api, asked.namespace, manifest);
        this.#asked = asked;
        return job;
      } catch (error) {
        if (!(error instanceof KubernetesError)) throw error;
        if (error.status === 409) return await this.#adopt(asked);
        const isAnswer = error.fault !== 'kubernetes_unavailable';
        // What nobody has answered may have been done.
        if (!isAnswer && !error.isUnsent) this.#asked = asked;
        if (isAnswer || left === 1 || this.#job.how !== undefined) throw error;
        await this.#job.pause(againMs);
      }
    }
  }

  /** By our name there is one already: ours, if its labels say the same. */
  async #adopt(asked: Asked): Promise<KubernetesJob> {
    const job = await calls.readJob(asked.api, asked);
    const { metadata } = job;
    const isSame = Object.entries(this.#labels()).every(
      ([key, value]) => metadata.labels?.[key] === labelValue(value),
    );
    this.#asked = isSame ? asked : undefined;
    if (isSame && metadata.deletionTimestamp === undefined) return job;
    throw new KubernetesError(`there is another Job ${asked.name} already`, {
      fault: 'kubernetes_refused',
      status: 409,
    });
  }

  #labels(): Readonly<Record<string, string>> {
    const { tools, dispatch } = this.#options;
    return {
      [labelKeys.cluster]: tools.host.owner.cluster,
      [labelKeys.token]: String(dispatch.id.token),
    };
  }

  /** Looks, and looks again when something has happened, or was asked of us. */
  async #untilEnd(asked: Asked): Promise<Ended> {
    for (;;) {
      try {
        const seen = await this.#look(asked);
        if (seen !== undefined) return seen;
        this.#deniedSince = undefined;
      } catch (error) {
        // The pod does not need us: when the server answers again, we shall see what it says.
        if (!isPassing(error) && !this.#isDeniedForNow(error)) throw error;
        await this.#pauseOrWake(againMs);
      }
    }
  }

  /** Of an attempt that has started: its pod is not given up for a moment of doubt. */
  #isDeniedForNow(error: unknown): boolean {
    if (!this.#job.hasStarted || !isDenial(error)) return false;
    const now = this.#options.tools.clock.monotonicMs();
    this.#deniedSince ??= now;
    return now - this.#deniedSince < denialMs;
  }

  /** One look, and the wait for what comes next; undefined while the attempt goes on. */
  async #look(asked: Asked): Promise<Ended | undefined> {
    const { api, namespace } = asked;
    if (this.#job.how !== undefined) await this.#endPods(asked);
    const list = await calls.podsOf(api, namespace, this.#labels());
    const state = podState(list.items);
    switch (state.kind) {
      case 'ended':
        this.#isSeenEnded = true;
        this.#follow(asked, state.name);
        return state;
      case 'failed':
        return state;
      case 'absent':
        if (await this.#isOver(asked)) return state;
        break;
      case 'waiting':
        this.#noteDeletion(state.isDeleted);
        this.#judge(state.problem);
        break;
      case 'running':
        this.#noteDeletion(state.isDeleted);
        this.#job.noteStart();
        this.#follow(asked, state.name);
        break;
    }
    await this.#change(asked, list.metadata?.resourceVersion ?? '');
    return undefined;
  }

  #noteDeletion(isDeleted: boolean): void {
    if (isDeleted && this.#job.how === undefined) this.#isTaken = true;
  }

  async #isOver(asked: Asked): Promise<boolean> {
    if (this.#job.hasStarted || this.#job.how !== undefined) return true;
    try {
      return jobFailure(await calls.readJob(asked.api, asked)) !== undefined;
    } catch (error) {
      if (calls.isAbsent(error, asked.name)) return true;
      throw error;
    }
  }

  /** Throws when a problem cannot pass, or has had its time to. */
  #judge(problem: PodProblem | null): void {
    const now = this.#options.tools.clock.monotonicMs();
    this.#problemSince = problem === null ? undefined : (this.#problemSince ?? now);
    if (problem === null || this.#problemSince === undefined) return;
    if (problem.isFinal || now - this.#problemSince >= problemMs) throw new PodNeverStarts(problem);
  }

  #follow(asked: Asked, pod: string): void {
    const { api, namespace } = asked;
    this.#log?.follow(api, { namespace, name: pod });
  }

  /** The politeness is that of the pod: it has its own grace for TERM. */
  async #endPods({ api, namespace, name }: Asked): Promise<void> {
    await calls.deleteJob(api, { namespace, name });
    if (this.#job.how !== 'KILL') return;
    const pods = await calls.podsOf(api, namespace, this.#labels());
    for (const { metadata } of pods.items) {
      await calls.deletePod(api, { namespace, name: metadata.name ?? '' }, killSeconds);
    }
  }

  async #change({ api, namespace }: Asked, resourceVersion: string): Promise<void> {
    if (this.#wake.signal.aborted) {
      // Somebody asked while we looked: the next look knows of it.
      this.#wake = new AbortController();
      return;
    }
    const watched = { labels: this.#labels(), resourceVersion, seconds: lookSeconds };
    // A connection that is dead says nothing, and does not end either.
    const late = AbortSignal.timeout((lookSeconds + lateSeconds) * 1000);
    const signal = AbortSignal.any([this.#wake.signal, late]);
    try {
      await calls.nextChange(api, namespace, watched, signal);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  #pauseOrWake(ms: number): Promise<void> {
    return new Promise((wake) => {
      const { signal } = this.#wake;
      const woken = (): void => {
        timer.cancel();
        signal.removeEventListener('abort', woken);
        wake();
      };
      const timer = this.#options.tools.clock.after(ms, woken);
      signal.addEventListener('abort', woken);
    });
  }

  async #conclude(end: Ended, space: Workspace): Promise<RunResult> {
    if (end.kind === 'absent') return await this.#withoutPod();
    const tail = await this.#job.tailOf(space.stdout);
    if (end.kind === 'ended' && this.#isTaken && this.#job.how === undefined) {
      return { ...(await this.#withoutPod()), stderrTail: tail };
    }
    if (end.kind === 'failed') return { ...failureResult('pod', end), stderrTail: tail };
    // A short task may have run between two looks.
    this.#job.noteStart();
    const memoryBytes = this.#options.action.limits.memory;
    return containerResult({ state: end, tail, memoryBytes });
  }

  /** Somebody else has deleted the pod or the Job, or Kubernetes has given it up. */
  async #withoutPod(): Promise<RunResult> {
    const asked = this.#asked;
    if (asked === undefined || this.#job.how !== undefined) return stoppedEarly;
    const failure = await calls
      .readJob(asked.api, asked)
      .then(jobFailure)
      .catch(() => undefined);
    if (failure === undefined) {
      return failedWith('its pod was deleted', { ...retry, errorClass: 'pod_lost' });
    }
    return failureResult('Job', failure);
  }

  /** Until the server says that nothing is left, however long that takes (B2). */
  async clear(): Promise<void> {
    const asked = this.#asked;
    for (let pauseMs = clearMs; asked !== undefined; pauseMs = Math.min(2 * pauseMs, clearMsMax)) {
      // The server may be away, or refuse for now: only its word ends this.
      const refused = await this.#endPods(asked).catch(isRefusal);
      const isGone = await this.#isGone(asked).catch(() => false);
      if (isGone || (refused === true && this.#isSeenEnded)) break;
      await this.#job.pause(pauseMs);
    }
    // The disk may have no room for the end of it; the attempt has ended all the same.
    await this.#log?.close().catch(() => {});
  }

  async #isGone(asked: Asked): Promise<boolean> {
    // It is the last to go: its deletion waits for that of its pods.
    try {
      await calls.readJob(asked.api, asked);
      return false;
    } catch (error) {
      return calls.isAbsent(error, asked.name);
    }
  }

  failure(error: unknown): RunResult {
    if (error instanceof PodNeverStarts) {
      const { message, errorClass } = error.problem;
      return failedWith(`its pod does not start: ${message}`, { ...retry, errorClass });
    }
    if (error instanceof KubernetesError) {
      return failedWith(error.message, { ...retry, errorClass: error.fault });
    }
    return failedWith(error instanceof Error ? error.message : String(error), retry);
  }
}

class PodNeverStarts extends Error {
  override readonly name = 'PodNeverStarts';
  readonly problem: PodProblem;

  constructor(problem: PodProblem) {
    super(problem.message);
    this.problem = problem;
  }
}

const isRefusal = (error: unknown): boolean =>
  error instanceof KubernetesError && error.fault === 'kubernetes_refused';

/**
 * What the API server has not refused, and a version that it has forgotten. Credentials that cannot
 * be had just now are no answer either.
 */
const isPassing = (error: unknown): boolean =>
  error instanceof KubernetesError &&
  (error.fault !== 'kubernetes_refused' || error.status === 410);

const isDenial = (error: unknown): boolean =>
  error instanceof KubernetesError && (error.status === 401 || error.status === 403);
