/**
 * The name of the exception that ended a Python program, from the traceback at the end of stderr:
 *
 *     Traceback (most recent call last):
 *       File "main.py", line 3, in <module>
 *         load()
 *     pkg.errors.LoadError: the table is locked
 *
 * The tail may begin anywhere, so the last frame (`  File "…", line 3`) is what is looked for, and
 * behind it the first line that is not indented.
 */

/** Without its module; null where stderr does not end in a traceback. */
export function exceptionName(stderrTail: Uint8Array): string | null {
  const lines = new TextDecoder().decode(stderrTail).split(/\r?\n/);
  const frame = lines.findLastIndex((line) => framePattern.test(line));
  if (frame === -1) return null;
  const named = lines.slice(frame + 1).find((line) => line !== '' && !/^\s/.test(line));
  return (named && exceptionPattern.exec(named)?.[1]) ?? null;
}

const framePattern = /^\s+File ".*", line \d+/;
const exceptionPattern = /^(?:[\p{L}_][\p{L}\p{N}_]*\.)*([\p{L}_][\p{L}\p{N}_]{0,99})(?::|$)/u;
