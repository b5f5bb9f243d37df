/** Where the package lies: things that are shipped beside the code, for other languages. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { assert } from '../../base/assert.ts';

/** Absolute: the folder with the `package.json`, above the sources or above the build. */
export function packageFolder(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) {
    assert(folder !== dirname(folder), 'the code lies in a package');
    folder = dirname(folder);
  }
  return folder;
}
