/**
 * What tasks do that run in a container: by the engine of their node, or as a Job of a Kubernetes
 * cluster. Texts in them may be templates; the leader renders them when it assigns.
 *
 * A command is a list of arguments from here on. It was split when the file was read, before any
 * template was rendered, so a value never becomes two arguments, and no shell reads it.
 */
import type { JsonObject } from './json.ts';
import type { Resources } from './resources.ts';

export interface DockerAction {
  readonly kind: 'docker';
  readonly image: string;
  /** Null: the image's own. */
  readonly command: readonly string[] | null;
  /** Null: the image's own; empty: none. */
  readonly entrypoint: readonly string[] | null;
  readonly mounts: readonly ContainerMount[];
  /**
   * `bridge`, `none`, `host`, or the name of a network of the engine; null: the engine's default.
   */
  readonly network: string | null;
  /** `user`, `user:group`, or ids; null: the image's own. */
  readonly user: string | null;
  /** Absolute; null: the image's own. */
  readonly workdir: string | null;
  /** When the image is asked of its registry. */
  readonly pull: PullPolicy;
}

export const pullPolicies = ['missing', 'always', 'never'] as const;

export type PullPolicy = (typeof pullPolicies)[number];

/** A path of the node, as the container sees it. */
export interface ContainerMount {
  /** Absolute; it must be there. */
  readonly source: string;
  /** Absolute, in the container. */
  readonly target: string;
  readonly readOnly: boolean;
}

/** The words are those of Kubernetes: `command` stands for the image's entry point. */
export interface KubernetesAction {
  readonly kind: 'kubernetes';
  /** Null: the pod template names it. */
  readonly image: string | null;
  readonly command: readonly string[] | null;
  readonly args: readonly string[] | null;
  /** Null: the node's. */
  readonly namespace: string | null;
  readonly serviceAccount: string | null;
  readonly pull: PullPolicy | null;
  /** What the pod asks for, and what it may use at most; empty: what the template says. */
  readonly requests: Resources;
  readonly limits: Resources;
  /** A pod template (`metadata`, `spec`), under what the task itself says; null: none. */
  readonly pod: JsonObject | null;
}
