/** The version of this program, out of its package.json. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Looks upwards from this file: sources and built files lie at different depths. */
export function packageVersion(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  for (;;) {
    const file = join(folder, 'package.json');
    if (existsSync(file)) {
      const content: unknown = JSON.parse(readFileSync(file, 'utf8'));
      return typeof content === 'object' && content !== null && 'version' in content
        ? String(content.version)
        : 'unknown';
    }
    const above = dirname(folder);
    if (above === folder) return 'unknown';
    folder = above;
  }
}
