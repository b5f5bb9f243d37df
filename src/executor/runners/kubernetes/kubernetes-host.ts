/**
 * What the kubernetes runner keeps for a life of the executor: the API, and what earlier lives have
 * left behind.
 *
 * Invariants:
 *   N1  In a namespace no Job is made before those of earlier lives are gone, pods included.
 */
import { join } from 'node:path';
import type { Clock } from '../../../base/ports.ts';
import { silentTrace, type Trace } from '../../../base/trace.ts';
import { type ContainerOwner, labelKeys } from '../container-owner.ts';
import { connectKubernetes, type KubernetesApi, KubernetesError } from './api.ts';
import { deleteJob, jobsIn, podsIn } from './calls.ts';
import { labelValue } from './names.ts';
import { NamespaceFile } from './namespace-file.ts';

export interface KubernetesHostOptions {
  readonly owner: ContainerOwner;
  readonly clock: Clock;
  /** The node's data directory; absolute. */
  readonly dataDir: string;
  readonly kubeconfig: string | null;
  readonly context: string | null;
  readonly namespace: string | null;
  /** Absent: nobody hears of it where no task does. */
  readonly trace?: Trace;
}

/** Pods of earlier lives get so long to end before an attempt gives up waiting for that. */
const sweepMs = 60_000;
const againMs = 500;

export class KubernetesHost {
  readonly owner: ContainerOwner;
  readonly clock: Clock;
  readonly #options: KubernetesHostOptions;
  readonly #namespaces: NamespaceFile;
  #api: Promise<KubernetesApi> | undefined;
  /** Namespaces that have been swept, and stay in the file. */
  readonly #ready = new Set<string>();
  readonly #sweeps = new Map<string, Promise<void>>();
  /** Namespaces of which has been said that they cannot be swept. */
  readonly #told = new Set<string>();

  constructor(options: KubernetesHostOptions) {
    this.#options = options;
    this.owner = options.owner;
    this.clock = options.clock;
    this.#namespaces = new NamespaceFile(join(options.dataDir, 'kubernetes-namespaces'));
  }

  /** Deletes what earlier lives left. Where that fails, the next attempt tries again. */
  async begin(): Promise<void> {
    const listed = await this.#namespaces.listed().catch(() => []);
    await Promise.all([...listed].map((namespace) => this.#leave(namespace)));
  }

  /** Throws a `KubernetesError`. */
  async api(): Promise<KubernetesApi> {
    // A configuration that cannot be read now may be there for the next attempt.
    this.#api ??= connectKubernetes(this.#options).catch((error: unknown) => {
      this.#api = undefined;
      throw error;
    });
    return await this.#api;
  }

  /** To be called before a Job is made in the namespace (N1). */
  async prepare(namespace: string): Promise<void> {
    // Namespaces of the past are in nobody's way, whatever is wrong with them.
    void this.begin();
    if (this.#ready.has(namespace)) return;
    const listed = await this.#namespaces.listed();
    if (listed.has(namespace)) await this.#sweepOnce(namespace);
    await this.#namespaces.keep(namespace);
    this.#ready.add(namespace);
  }

  pause(ms: number): Promise<void> {
    return new Promise((wake) => this.clock.after(ms, wake));
  }

  /** What was used by earlier lives, and perhaps not by this one. Never rejects. */
  async #leave(namespace: string): Promise<void> {
    if (this.#ready.has(namespace)) return;
    try {
      await this.#sweepOnce(namespace);
      await this.#namespaces.forget(namespace);
    } catch (error) {
      if (this.#told.has(namespace)) return;
      this.#told.add(namespace);
      const { trace = silentTrace } = this.#options;
      trace('warn', 'executor.namespace_not_swept', { namespace, error: String(error) });
    }
  }

  #sweepOnce(namespace: string): Promise<void> {
    const sweep =
      this.#sweeps.get(namespace) ??
      this.#sweep(namespace).finally(() => this.#sweeps.delete(namespace));
    this.#sweeps.set(namespace, sweep);
    return sweep;
  }

  async #sweep(namespace: string): Promise<void> {
    const api = await this.api();
    const deadline = this.clock.monotonicMs() + sweepMs;
    while ((await this.#leftIn(api, namespace)) > 0) {
      if (this.clock.monotonicMs() > deadline) {
        throw new KubernetesError('pods of an earlier life of this node do not end', {
          fault: 'kubernetes_unavailable',
        });
      }
      await this.pause(againMs);
    }
  }

  /** Asks for the end of Jobs of earlier lives, and counts what there still is of them. */
  async #leftIn(api: KubernetesApi, namespace: string): Promise<number> {
    const { cluster, node, life } = this.owner;
    const ours = { [labelKeys.cluster]: cluster, [labelKeys.node]: node };
    const isOld = (labels: Readonly<Record<string, string>> = {}): boolean =>
      labels[labelKeys.life] !== labelValue(life);
    let left = 0;
    for await (const { metadata } of jobsIn(api, namespace, ours)) {
      if (!isOld(metadata.labels)) continue;
      left += 1;
      if (metadata.deletionTimestamp === undefined) {
        await deleteJob(api, { namespace, name: metadata.name ?? '' });
      }
    }
    for await (const { metadata } of podsIn(api, namespace, ours)) {
      if (isOld(metadata.labels)) left += 1;
    }
    return left;
  }
}
