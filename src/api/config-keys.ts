/**
 * The keys that secrets of connections are sealed with: from the environment or a file, never from
 * a flag, which `ps` shows. A problem never repeats a key.
 */
import { fail, ok, type Result } from '../base/result.ts';
import type { ConfigProblem } from './config-problem.ts';

const keyBytes = 32;
/** Of which one seals; the others are on their way out. */
const keysMax = 16;

/**
 * In hex, the one that seals first; none where nothing is set. Keys stand in a text with spaces,
 * commas or lines between them; a line that begins with `#` is a remark.
 */
export function encryptionKeysOf(sources: {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** `encryptionKeyFile`, wherever it was said. */
  readonly file: string | undefined;
  readonly readFile: (path: string) => Result<string, string>;
}): Result<readonly string[], ConfigProblem> {
  const { env, file, readFile } = sources;
  const direct = env.SKEIN_ENCRYPTION_KEY;
  if (direct !== undefined && direct !== '') {
    return keysIn(direct, 'environment SKEIN_ENCRYPTION_KEY');
  }
  if (file === undefined) return ok([]);
  const read = readFile(file);
  if (!read.ok) return problem(`file ${file}`, read.error);
  return keysIn(read.value, `file ${file}`);
}

function keysIn(text: string, source: string): Result<readonly string[], ConfigProblem> {
  const words = text.replaceAll(/^\s*#.*$/gm, '').split(/[\s,]+/);
  const written = words.filter((word) => word !== '');
  if (written.length === 0) return problem(source, 'holds no key');
  if (written.length > keysMax) return problem(source, `holds more than ${keysMax} keys`);
  const keys: string[] = [];
  for (const [place, word] of written.entries()) {
    const hex = hexOf(word);
    if (hex === undefined) {
      const message = `key ${place + 1} is not ${keyBytes} bytes in hex or base64`;
      return problem(source, `${message}: make one with \`openssl rand -base64 32\``);
    }
    if (keys.includes(hex)) return problem(source, `key ${place + 1} stands there twice`);
    keys.push(hex);
  }
  return ok(keys);
}

function hexOf(word: string): string | undefined {
  if (/^[0-9a-fA-F]{64}$/.test(word)) return word.toLowerCase();
  if (!/^[A-Za-z0-9+/_-]{43}=?$/.test(word)) return undefined;
  const bytes = Buffer.from(word, 'base64');
  return bytes.length === keyBytes ? bytes.toString('hex') : undefined;
}

const problem = (source: string, message: string): Result<never, ConfigProblem> =>
  fail({ key: 'encryptionKeyFile', source, message });
