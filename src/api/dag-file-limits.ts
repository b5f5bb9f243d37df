/** Named limits of one DAG file, beside those of the model (law 12). */
export const dagFileLimits = {
  /** Linux gives one argument of a program 128 KiB; a shell command is one. In UTF-16 units. */
  commandCharacters: 120 * 1024,
  descriptionCharacters: 16 * 1024,
  env: 200,
  envCharacters: 32 * 1024,
  labels: 50,
  labelCharacters: 250,
  tags: 50,
  args: 500,
  headers: 100,
  params: 100,
  paramCharacters: 16 * 1024,
  enumValues: 500,
  activeRuns: 10_000,
  /** Findings that one answer lists. */
  findings: 100,
} as const;
