/** Files for those who have to find out what went wrong. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { dumpHtml, dumpJson } from './dump.ts';
import type { Judged } from './judge.ts';
import type { Model } from './model.ts';

/** Writes `linear-<key>.json` and `.html` into `folder`, and answers with their paths. */
export async function saveDump<Input, Output extends object>(
  folder: string,
  judged: Judged<Input, Output>,
  describe: Model<unknown, Input, Output>['describe'],
): Promise<readonly string[]> {
  await mkdir(folder, { recursive: true });
  const name = `linear-${judged.key.replace(/[^a-zA-Z0-9.-]/g, '-')}`;
  const files = [
    { path: join(folder, `${name}.json`), text: dumpJson(judged) },
    { path: join(folder, `${name}.html`), text: dumpHtml(judged, describe) },
  ];
  for (const { path, text } of files) await writeFile(path, text);
  return files.map(({ path }) => path);
}
