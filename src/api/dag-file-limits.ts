/** Named limits of one DAG file, beside those of the model (law 12). */
export const dagFileLimits = {
  /** Linux gives one argument of a program 128 KiB; a shell command is one. In UTF-16 units. */
  commandCharacters: 120 * 1024,
  /**
   * Of one task and of all, when defaults and anchors are written out. What an attempt is given
   * travels in one message, and a version in one entry of the log: both have at most 32 MiB, and a
   * character may take three bytes.
   */
  taskCharacters: 1024 * 1024,
  specCharacters: 8 * 1024 * 1024,
  descriptionCharacters: 16 * 1024,
  env: 200,
  envCharacters: 32 * 1024,
  labels: 50,
  labelCharacters: 250,
  /** Values of one label, one of which a node should have. */
  labelValues: 50,
  tolerations: 50,
  /** Tasks that one is to be near to, or apart from; a group counts with all of its tasks. */
  neighbours: 100,
  tags: 50,
  args: 500,
  headers: 100,
  /** Of one container. */
  mounts: 50,
  /** A pod template, as JSON. */
  podCharacters: 64 * 1024,
  params: 100,
  paramCharacters: 16 * 1024,
  enumValues: 500,
  activeRuns: 10_000,
  /** Of a `then`, an `else` and a `teardown`. */
  names: 1_000,
  expressionCharacters: 4_000,
  /** Templates of one line: keys, subjects, messages. */
  lineCharacters: 4_000,
  assets: 50,
  assetCharacters: 1_000,
  /** Groups in groups. */
  groupDepth: 10,
  /** Items of a list that stands in the file; longer ones come from a param or a task. */
  literalItems: 500,
  /** Lists of a product. */
  mapLists: 8,
  /** Callbacks of one task, or of the DAG, for one moment. */
  hooks: 10,
  retryCodes: 100,
  triggers: 16,
  /** Sources of one trigger. */
  sources: 16,
  formFields: 50,
  repeats: 10_000,
  /** Findings that one answer lists. */
  findings: 100,
  /** Of one finding. */
  messageCharacters: 2_000,
  /** Remarks of `skein lint` on one file. */
  advice: 100,
} as const;
