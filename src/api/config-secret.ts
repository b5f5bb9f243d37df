/** The secret of a cluster: from the environment or a file, never from a flag, which `ps` shows. */
import { fail, ok, type Result } from '../base/result.ts';
import type { ConfigProblem } from './config-problem.ts';

/** Shorter secrets can be guessed from one message and its MAC. */
const secretCharactersMin = 16;

/** Null when none is set. A problem never repeats the secret. */
export function secretsOf(
  env: Readonly<Record<string, string | undefined>>,
  readFile: (path: string) => Result<string, string>,
): Result<string | null, ConfigProblem> {
  const direct = env.SKEIN_SECRET;
  if (direct !== undefined && direct !== '') return longEnough(direct, 'environment SKEIN_SECRET');
  const path = env.SKEIN_SECRET_FILE;
  if (path === undefined || path === '') return ok(null);
  const read = readFile(path);
  const source = `file ${path} (SKEIN_SECRET_FILE)`;
  return read.ok
    ? longEnough(read.value.trim(), source)
    : fail({ key: 'secret', source, message: read.error });
}

function longEnough(secret: string, source: string): Result<string, ConfigProblem> {
  if (secret.length >= secretCharactersMin) return ok(secret);
  return fail({
    key: 'secret',
    source,
    message: `needs ${secretCharactersMin} characters or more`,
  });
}

export const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host);

/** Whether every server in the setting is on this machine. */
export const loopbackNats = (nats: string): boolean =>
  nats.split(',').every((part) => {
    const text = part.trim();
    const url = text.includes('://') ? text : `nats://${text}`;
    return URL.canParse(url) && isLoopback(new URL(url).hostname);
  });
