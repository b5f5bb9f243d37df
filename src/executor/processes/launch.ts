/**
 * Turns a `ProcessSpec` into the one line of shell that a helper runs. It is a pure function, and
 * the only place where the words of a task meet a shell: every one of them is quoted.
 *
 * The shell itself sets the environment and becomes the program (one fork, one exec). Where it
 * cannot do that exactly, `env` does it, for one more exec (about 0.4 ms):
 * the shell adds variables of its own, a name is none to a shell (`npm.config`), or the shell gives
 * the name a meaning (`OPTIND`).
 */
import type { ProcessLimits, ProcessSpec } from '../../base/ports.ts';
import { fail, ok, type Result } from '../../base/result.ts';
import { connectionPrefix } from '../../model/connection.ts';
import type { Controller } from './group-host.ts';
import { carriable, printable, quote } from './words.ts';

/** The longest launch: the sum of environment, arguments and paths, quoted, in characters. */
const launchCharactersMax = 1 << 20;
const keyCharactersMax = 256;

/** The name of the variable that marks every process of an attempt. */
export const markerName = 'SKEIN_ATTEMPT_KEY';

export interface LaunchTools {
  /** Whether this host's `/bin/sh` hands on exactly the environment that it is told. */
  readonly exactShell: boolean;
  /** Absolute. */
  readonly env: string;
  readonly setpriv: string | undefined;
  readonly prlimit: string | undefined;
  /** What the attempt's control group limits; everything else is left to what a process can. */
  readonly grouped: readonly Controller[];
}

/** The error is a sentence: what cannot be launched, and why. */
export function launchText(spec: ProcessSpec, tools: LaunchTools): Result<string, string> {
  const refusal = refuse(spec);
  if (refusal !== undefined) return fail(refusal);
  const variables = Object.entries({ ...spec.env, [markerName]: spec.key });
  const [program = '', ...rest] = spec.argv;
  const switching = switchingWords(spec, tools);
  if (!switching.ok) return switching;
  const before = [...switching.value, ...limitingWords(spec, tools)];
  // Whoever runs as somebody else must not have a say (LD_PRELOAD…) in how it comes to that.
  const direct =
    tools.exactShell &&
    spec.user === undefined &&
    !program.startsWith('-') &&
    variables.every(([name]) => /^[A-Za-z_]\w*$/.test(name) && !shellNames.has(name));
  if (!direct && program.includes('=')) {
    return fail(`the program name "${program}" holds an equals sign, which env(1) cannot start`);
  }
  const command = direct
    ? [...variables.map(assigned), 'exec', ...[...before, program, ...rest].map(quote)]
    : byEnv(spec, variables, [...before, tools.env]);
  const text =
    `( cd -P -- ${quote(spec.cwd)} && ${ulimitText(spec.limits)}` +
    `{ unset PWD OLDPWD; echo s >&3; ${command.join(' ')} 3>&-; }` +
    ` 3>&1 </dev/null >>${quote(spec.stdoutFile)} 2>>${quote(spec.stderrFile)} ); ended $?\n`;
  if (text.length > launchCharactersMax) {
    return fail(`environment and arguments are longer than ${launchCharactersMax} characters`);
  }
  return ok(text);
}

type Variable = readonly [name: string, value: string];

const assigned = ([name, value]: Variable): string => `${name}=${quote(value)}`;

/**
 * Arguments can be read by everybody on the machine, so what holds secrets is set by the shell, as
 * where it sets all. Then `env` has to be told what the shell adds, instead of beginning with
 * nothing; the names of connections mean nothing to those who run before the program.
 */
function byEnv(
  { argv }: ProcessSpec,
  variables: readonly Variable[],
  before: readonly string[],
): readonly string[] {
  const secret = variables.filter(([name]) => name.startsWith(connectionPrefix));
  const open = variables.filter(([name]) => !name.startsWith(connectionPrefix));
  const begin = secret.length === 0 ? ['-i'] : shellAdds.flatMap((name) => ['-u', name]);
  const pairs = open.map(([name, value]) => `${name}=${value}`);
  const words = [...pairs, ...argv].map(quote);
  return [...secret.map(assigned), 'exec', ...before.map(quote), ...begin, '--', ...words];
}

/** What bash, busybox and dash put into an environment by themselves. */
const shellAdds = ['PWD', 'OLDPWD', 'SHLVL', '_'] as const;

/** The unit of `ulimit -f` (POSIX XCU 2.14). */
const ulimitBlockBytes = 512;

/** Limits that a shell sets by itself, and that hold for each process. */
function ulimitText({ openFiles, fileBytes }: ProcessLimits = {}): string {
  const files = openFiles === undefined ? '' : `ulimit -n ${whole(openFiles)} && `;
  const blocks = fileBytes === undefined ? 0 : Math.ceil(whole(fileBytes) / ulimitBlockBytes);
  return fileBytes === undefined ? files : `${files}ulimit -f ${blocks} && `;
}

const whole = (amount: number): number => Math.max(0, Math.round(amount));

/** What turns a process into one of another user, who gets no way back. */
function switchingWords(
  { user }: ProcessSpec,
  { setpriv }: LaunchTools,
): Result<readonly string[], string> {
  if (user === undefined) return ok([]);
  if (setpriv === undefined) return fail('setpriv(1) is missing, so no user can be switched');
  return ok([
    ...[setpriv, '--reuid', String(user.uid), '--regid', String(user.gid)],
    ...['--init-groups', '--no-new-privs', '--'],
  ]);
}

/**
 * Where no group limits memory, the address space of each process is limited instead: a poor
 * stand-in, because a program may reserve much more than it uses. The number of processes is
 * counted for each user, so it says something only of a user that is the tasks' own.
 */
function limitingWords(
  { limits = {}, user }: ProcessSpec,
  { prlimit, grouped }: LaunchTools,
): readonly string[] {
  const { memoryBytes, processes } = limits;
  const words: string[] = [];
  if (memoryBytes !== undefined && !grouped.includes('memory')) words.push(`--as=${memoryBytes}`);
  if (processes !== undefined && !grouped.includes('pids') && user !== undefined) {
    words.push(`--nproc=${processes}`);
  }
  return prlimit === undefined || words.length === 0 ? [] : [prlimit, ...words, '--'];
}

/** Names that dash, ash or their kin treat as their own: `env` must set these. */
const shellNames: ReadonlySet<string> = new Set(
  `_ ATTY ENV HISTFILE HISTSIZE IFS LINENO MAIL MAILCHECK MAILPATH OPTARG OPTERR OPTIND PPID PS1 PS2
  PS3 PS4 RANDOM SECONDS TERM TMOUT`.split(/\s+/),
);

function refuse(spec: ProcessSpec): string | undefined {
  if (spec.argv.length === 0 || spec.argv[0] === '') return 'there is no program to start';
  if (!printable(spec.key) || spec.key === '' || spec.key.length > keyCharactersMax) {
    return 'the key of an attempt is 1 to 256 printable characters';
  }
  for (const path of [spec.cwd, spec.stdoutFile, spec.stderrFile]) {
    if (!path.startsWith('/')) return `the path "${path}" is not absolute`;
    if (!printable(path)) return `the path ${JSON.stringify(path)} holds a control character`;
  }
  const names = Object.keys(spec.env);
  const bad = names.find((name) => name === '' || name.includes('='));
  if (bad !== undefined) return `"${bad}" is not a name for an environment variable`;
  const words = [...spec.argv, spec.cwd, spec.stdoutFile, spec.stderrFile, spec.key];
  if (![...words, ...names, ...Object.values(spec.env)].every(carriable)) {
    return 'an argument or a variable holds a NUL or half of a character pair';
  }
  return undefined;
}
