/** One wrong value of a configuration: its key, where it came from, and what is allowed. */
export interface ConfigProblem {
  /** `port`, `tuning.leaseMs`. */
  readonly key: string;
  /** `flag --port`, `environment SKEIN_PORT`, `skein.yaml:3`, or `default`. */
  readonly source: string;
  readonly message: string;
}
