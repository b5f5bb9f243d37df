/** A DAG definition as the body of a request: YAML or JSON, by the content type. */
import { codeOfFindings } from '../api/dag-file.ts';
import type { DagContent } from '../api/dag-reader.ts';
import { type Problem, problemOf, problemOfFindings } from '../api/problems.ts';
import { fail, ok, type Result } from '../base/result.ts';
import { mediaType, readBody } from './body.ts';
import type { Door } from './route.ts';

/** Reads and checks it; `named` is what the address says of it. */
export async function readDagBody(
  door: Door,
  request: Request,
  named: { readonly id: string | null; readonly namespace: string | null },
): Promise<Result<DagContent, Problem>> {
  const format = dagFormat(request.headers);
  if (!format.ok) return format;
  const text = await readBody(request, door.limits.bodyBytesMax);
  if (!text.ok) return text;
  const input = { text: text.value, format: format.value, ...named, limits: null };
  const checked = await door.readDag(input);
  if (checked.ok) return checked;
  return fail(problemOfFindings(codeOfFindings(checked.error), checked.error));
}

/** Anything else is not guessed at. */
function dagFormat(headers: Headers): Result<'json' | 'yaml', Problem> {
  const type = mediaType(headers);
  if (type === 'application/json' || type.endsWith('+json')) return ok('json');
  if (/^(application|text)\/(x-)?yaml$/.test(type)) return ok('yaml');
  const detail = `the body is of type "${type}": send application/yaml or application/json`;
  return fail(problemOf('MEDIA_TYPE_UNSUPPORTED', detail));
}
