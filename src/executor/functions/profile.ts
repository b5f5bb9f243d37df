/** What a process is started with for good, and a worker cannot take over later. */
import type { ProcessSpec } from '../../base/ports.ts';

/** Variables that Node, its libraries and the linker heed. */
export const readAtStart = /^(NODE_|LD_|UV_|MALLOC_|GLIBC_|OPENSSL_|SSL_|ICU_|LC_|LANG)/;

/** All but what a worker takes over. */
export function profileOf(spec: ProcessSpec): string {
  const { key, argv, env, cwd, stdoutFile, stderrFile, ...rest } = spec;
  return JSON.stringify(rest);
}
