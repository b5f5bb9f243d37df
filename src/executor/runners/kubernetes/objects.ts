/** What is read of the objects of Kubernetes; the API has a hundred times as much. */

export interface KubernetesMeta {
  readonly name?: string;
  readonly uid?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly deletionTimestamp?: string;
}

export interface JobCondition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
}

export interface KubernetesJob {
  readonly metadata: KubernetesMeta;
  readonly status?: { readonly conditions?: readonly JobCondition[] };
}

export interface ContainerStatus {
  readonly name: string;
  readonly state?: {
    readonly waiting?: { readonly reason?: string; readonly message?: string };
    readonly running?: { readonly startedAt?: string };
    readonly terminated?: {
      readonly exitCode: number;
      readonly reason?: string;
      readonly message?: string;
    };
  };
}

export interface KubernetesPod {
  readonly metadata: KubernetesMeta;
  readonly status?: {
    readonly phase?: string;
    readonly reason?: string;
    readonly message?: string;
    readonly containerStatuses?: readonly ContainerStatus[];
    readonly initContainerStatuses?: readonly ContainerStatus[];
  };
}

export interface KubernetesList<T> {
  readonly metadata?: {
    readonly resourceVersion?: string;
    /** Where the next page begins; absent or empty in the last one. */
    readonly continue?: string;
  };
  readonly items: readonly T[];
}
