/**
 * What the kubernetes runner keeps for a life of the executor: the API, and what earlier lives have
 * left behind.
 *
 * Invariants:
 *   N1  No Job is made before those of earlier lives are gone, pods included.
 */
import { appendFile, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../../base/ports.ts';
import { type ContainerOwner, labelKeys } from '../container-owner.ts';
import { connectKubernetes, type KubernetesApi, KubernetesError } from './api.ts';
import { deleteJob, jobsIn, podsOf } from './calls.ts';
import { labelValue } from './names.ts';

export interface KubernetesHostOptions {
  readonly owner: ContainerOwner;
  readonly clock: Clock;
  /** The node's data directory; absolute. */
  readonly dataDir: string;
  readonly kubeconfig: string | null;
  readonly context: string | null;
  readonly namespace: string | null;
}

/** Pods of earlier lives get so long to end before an attempt gives up waiting for that. */
const sweepMs = 60_000;
const againMs = 500;

export class KubernetesHost {
  readonly owner: ContainerOwner;
  readonly clock: Clock;
  readonly #options: KubernetesHostOptions;
  /** One line for each namespace in which this directory's node has made Jobs. */
  readonly #file: string;
  #api: Promise<KubernetesApi> | undefined;
  #namespaces: Set<string> | undefined;
  #sweeping: Promise<void> | undefined;
  #isSwept = false;

  constructor(options: KubernetesHostOptions) {
    this.#options = options;
    this.owner = options.owner;
    this.clock = options.clock;
    this.#file = join(options.dataDir, 'kubernetes-namespaces');
  }

  /** Deletes what earlier lives left, if there ever was anything. What fails is done later (N1). */
  async begin(): Promise<void> {
    try {
      if ((await this.#known()).size > 0) await this.api();
    } catch {
      // The next attempt sees to it, and says what is wrong.
    }
  }

  /** The API, where nothing of earlier lives is left. Throws a `KubernetesError`. */
  async api(): Promise<KubernetesApi> {
    // A configuration that cannot be read now may be there for the next attempt.
    this.#api ??= connectKubernetes(this.#options).catch((error: unknown) => {
      this.#api = undefined;
      throw error;
    });
    const api = await this.#api;
    if (this.#isSwept) return api;
    this.#sweeping ??= this.#sweep(api).finally(() => {
      this.#sweeping = undefined;
    });
    await this.#sweeping;
    return api;
  }

  /** To be called before a Job is made in the namespace. */
  async note(namespace: string): Promise<void> {
    const known = await this.#known();
    if (known.has(namespace)) return;
    await mkdir(this.#options.dataDir, { recursive: true });
    await appendFile(this.#file, `${namespace}\n`);
    known.add(namespace);
  }

  pause(ms: number): Promise<void> {
    return new Promise((wake) => this.clock.after(ms, wake));
  }

  async #known(): Promise<Set<string>> {
    if (this.#namespaces === undefined) {
      const text = await readFile(this.#file, 'utf8').catch(() => '');
      this.#namespaces ??= new Set(text.split('\n').filter((line) => line !== ''));
    }
    return this.#namespaces;
  }

  async #sweep(api: KubernetesApi): Promise<void> {
    const deadline = this.clock.monotonicMs() + sweepMs;
    for (const namespace of await this.#known()) {
      while ((await this.#leftIn(api, namespace)) > 0) {
        if (this.clock.monotonicMs() > deadline) {
          throw new KubernetesError('pods of an earlier life of this node do not end', {
            fault: 'kubernetes_unavailable',
          });
        }
        await this.pause(againMs);
      }
    }
    this.#isSwept = true;
  }

  /** Asks for the end of Jobs of earlier lives, and counts what there still is of them. */
  async #leftIn(api: KubernetesApi, namespace: string): Promise<number> {
    const { cluster, node, life } = this.owner;
    const ours = { [labelKeys.cluster]: cluster, [labelKeys.node]: node };
    const isOld = (labels: Readonly<Record<string, string>> = {}): boolean =>
      labels[labelKeys.life] !== labelValue(life);
    const jobs = await jobsIn(api, namespace, ours);
    const old = jobs.filter(({ metadata }) => isOld(metadata.labels));
    for (const { metadata } of old) {
      if (metadata.deletionTimestamp === undefined) {
        await deleteJob(api, { namespace, name: metadata.name ?? '' });
      }
    }
    const pods = await podsOf(api, namespace, ours);
    return old.length + pods.items.filter(({ metadata }) => isOld(metadata.labels)).length;
  }
}
