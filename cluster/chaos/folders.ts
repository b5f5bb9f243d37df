/** What is in a folder. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Paths of all plain files below `folder`, in order. */
export function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .sort();
}
