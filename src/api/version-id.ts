/**
 * The name of a version: the digest of its content, so that the same content is the same version.
 */
import { createHash } from 'node:crypto';
import { type VersionId, versionId } from '../base/brand.ts';
import type { DagSpec, ParamSpec } from '../model/dag.ts';

/** SHA-256 over the canonical JSON of the content, in hex. */
export const versionIdOf = (spec: DagSpec): VersionId =>
  versionId(
    createHash('sha256')
      .update(canonicalJson(whatCounts(spec)))
      .digest('hex'),
  );

/**
 * The content without the descriptions of params. They say nothing to a run, and 0.2.0 did not keep
 * them: a file that has some is the version that it was.
 */
function whatCounts(spec: DagSpec): DagSpec {
  const params: Record<string, ParamSpec> = {};
  for (const [name, { description: _, ...param }] of Object.entries(spec.params)) {
    params[name] = param;
  }
  return { ...spec, params };
}

/** JSON with sorted keys and without spaces: equal values have equal texts. */
function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value)
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([key, inner]) => `${JSON.stringify(key)}:${canonicalJson(inner)}`);
  return `{${entries.join(',')}}`;
}
