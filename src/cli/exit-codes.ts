/** How a command ends. Scripts rely on these; they are listed in every `--help`. */
export const exitCodes = {
  ok: 0,
  failure: 1,
  usage: 2,
  notFound: 3,
  unavailable: 5,
  timeout: 124,
  interrupt: 130,
} as const;

type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

export const exitCodesText = `Exit codes: 0 done, 1 failed, 2 wrong usage, 3 not found,
5 no node of the cluster answers, 124 timed out, 130 interrupted.`;

/** Why a command could not do its work, for people: what, and what to do next. */
export interface Failure {
  readonly exitCode: ExitCode;
  /** The problem's code, or one of the command line's own. */
  readonly code: string;
  readonly detail: string;
  readonly next: string;
}
