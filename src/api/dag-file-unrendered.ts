/** `{{ }}` in texts that nobody renders: it would be taken as it is, and nobody would see it. */
import { isTemplate } from '../model/template.ts';
import type { DagFile } from './dag-file-schema.ts';
import type { Remark } from './remark.ts';
import type { Path } from './source-document.ts';

/** For people, or letters of another language. */
const freeKeys: ReadonlySet<string> = new Set(['description', 'pattern', 'secret', 'code']);

/** `rendered`: the places of all expressions and templates. */
export function unrenderedRemarks(file: DagFile, rendered: readonly Path[]): readonly Remark[] {
  const known = new Set(rendered.map(keyOf));
  const remarks: Remark[] = [];
  const walk = (value: unknown, path: Path): void => {
    if (typeof value === 'string') {
      if (isTemplate(value) && !known.has(keyOf(path))) remarks.push(remarkAt(path));
      return;
    }
    if (typeof value !== 'object' || value === null) return;
    for (const [key, inner] of Object.entries(value)) {
      if (!freeKeys.has(key)) walk(inner, [...path, Array.isArray(value) ? Number(key) : key]);
    }
  };
  walk(file, []);
  return remarks;
}

const keyOf = (path: Path): string => JSON.stringify(path.map(String));

const remarkAt = (path: Path): Remark => ({
  code: 'DAG_INVALID',
  path,
  message: 'there are no templates here: this text would be taken as it is, with its {{ }}',
});
