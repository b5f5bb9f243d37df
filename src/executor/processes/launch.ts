/**
 * Turns a `ProcessSpec` into the one line of shell that a helper runs. It is a pure function, and
 * the only place where the words of a task meet a shell: every one of them is quoted.
 *
 * The shell itself sets the environment and becomes the program (one fork, one exec). Where it
 * cannot do that exactly, `env` does it, for one more exec (about 0.4 ms):
 * the shell adds variables of its own, a name is none to a shell (`npm.config`), or the shell gives
 * the name a meaning (`OPTIND`).
 */
import type { ProcessSpec } from '../../base/ports.ts';
import { fail, ok, type Result } from '../../base/result.ts';
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
}

/** The error is a sentence: what cannot be launched, and why. */
export function launchText(spec: ProcessSpec, tools: LaunchTools): Result<string, string> {
  const refusal = refuse(spec);
  if (refusal !== undefined) return fail(refusal);
  const variables = Object.entries({ ...spec.env, [markerName]: spec.key });
  const [program = '', ...rest] = spec.argv;
  const direct =
    tools.exactShell &&
    !program.startsWith('-') &&
    variables.every(([name]) => /^[A-Za-z_]\w*$/.test(name) && !shellNames.has(name));
  if (!direct && program.includes('=')) {
    return fail(`the program name "${program}" holds an equals sign, which env(1) cannot start`);
  }
  const assigned = direct
    ? variables.map(([name, value]) => `${name}=${quote(value)}`)
    : variables.map(([name, value]) => quote(`${name}=${value}`));
  const command = direct
    ? [...assigned, 'exec', ...[program, ...rest].map(quote)]
    : ['exec', quote(tools.env), '-i', '--', ...assigned, ...spec.argv.map(quote)];
  const text =
    `( cd -P -- ${quote(spec.cwd)} && ` +
    `{ unset PWD OLDPWD; echo s >&3; ${command.join(' ')} 3>&-; }` +
    ` 3>&1 </dev/null >>${quote(spec.stdoutFile)} 2>>${quote(spec.stderrFile)} ); ended $?\n`;
  if (text.length > launchCharactersMax) {
    return fail(`environment and arguments are longer than ${launchCharactersMax} characters`);
  }
  return ok(text);
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
