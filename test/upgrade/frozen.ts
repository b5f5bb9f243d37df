/** A version of the past, unpacked and ready to run: the other half of a rolling upgrade. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkout } from '../../cluster/places.ts';

export interface Frozen {
  /** Its `skein`, for `launcherOf`. */
  readonly launcher: string;
  end(): void;
}

/** The version before this one. */
export const previousVersion = '0.4.0';

/** Unpacks what `scripts/freeze.mjs` packed; it runs with the packages of this checkout. */
export function thaw(version: string): Frozen {
  const archive = join(checkout, 'test', 'upgrade', `skein-${version}.tar.gz`);
  const folder = mkdtempSync(join(tmpdir(), `skein-${version}-`));
  execFileSync('tar', ['-xzf', archive, '-C', folder]);
  symlinkSync(join(checkout, 'node_modules'), join(folder, 'node_modules'), 'dir');
  return {
    launcher: join(folder, 'bin', 'skein'),
    end: () => rmSync(folder, { recursive: true }),
  };
}
