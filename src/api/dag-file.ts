/**
 * The door for DAG definitions: text -> data -> schema -> graph -> the content of a version. The
 * server, `skein apply` and `skein lint` use the same door, and it reports every mistake at once.
 */
import { type DagId, dagId, type Namespace, namespace, type VersionId } from '../base/brand.ts';
import { fail, ok, type Result } from '../base/result.ts';
import type { DagSpec } from '../model/dag.ts';
import { hintsOn } from './dag-file-advice.ts';
import { artifactRemarks } from './dag-file-artifact-checks.ts';
import { fileRemarks, ownRemarks, taskRemarks } from './dag-file-checks.ts';
import { madeRemarks } from './dag-file-made.ts';
import { normalise } from './dag-file-normalise.ts';
import { placingRemarks } from './dag-file-placing-checks.ts';
import { dagFileSchema } from './dag-file-schema.ts';
import { textRemarks } from './dag-file-text-checks.ts';
import { type ReadWiring, readWiring } from './dag-file-wiring.ts';
import { findingsOf, remarksOf } from './findings.ts';
import { readJson } from './json-text.ts';
import type { ProblemCode } from './problem-code.ts';
import type { Remark } from './remark.ts';
import {
  type Finding,
  jsonTextLimits,
  pathText,
  type SourceDocument,
  serverTextLimits,
  type TextLimits,
} from './source-document.ts';
import { versionIdOf } from './version-id.ts';
import { readYaml } from './yaml.ts';

/** A definition that has passed every check that needs no cluster. */
export interface CheckedDag {
  readonly namespace: Namespace;
  readonly dagId: DagId;
  readonly versionId: VersionId;
  readonly spec: DagSpec;
  /** The file as plain data; a client may send it on as JSON. */
  readonly file: unknown;
  /** What is allowed and seldom meant. */
  readonly advice: readonly Advice[];
}

/** Like a finding, but nothing is wrong. */
export type Advice = Omit<Finding, 'code'>;

export interface DagText {
  readonly text: string;
  readonly format: 'yaml' | 'json';
  /** From the address or the command line; a file that says otherwise is refused. */
  readonly id: string | null;
  readonly namespace: string | null;
  /** Null: the server's. */
  readonly limits: TextLimits | null;
}

/** Reads and checks one definition. Never throws; takes no longer than its limits allow. */
export function readDag(input: DagText): Result<CheckedDag, readonly Finding[]> {
  const read =
    input.format === 'json'
      ? readJson(input.text, input.limits ?? jsonTextLimits)
      : readYaml(input.text, input.limits ?? serverTextLimits);
  if (!read.ok) return fail(read.error.map(asDagFinding));
  const document = read.value;
  if (document.value === null) return fail([emptyFile]);
  const value = withoutExtras(document.value);
  const parsed = dagFileSchema.safeParse(value);
  const { wiring, remarks: graphRemarks } = wiringOf(value);
  const remarks: Remark[] = parsed.success
    ? [
        ...fileRemarks(parsed.data),
        ...taskRemarks(parsed.data, wiring),
        ...placingRemarks(parsed.data, wiring),
        ...textRemarks(parsed.data, wiring),
        ...artifactRemarks(parsed.data, wiring),
      ]
    : [...remarksOf(parsed.error.issues, 'DAG_INVALID', value)];
  remarks.push(...graphRemarks);
  const id = agreed('id', input.id, parsed.data?.id, remarks);
  const space = agreed('namespace', input.namespace, parsed.data?.namespace, remarks) ?? 'default';
  if (parsed.success && id !== null) remarks.push(...ownRemarks(parsed.data, id));
  if (parsed.success && id === null) {
    remarks.push({ code: 'DAG_INVALID', path: [], message: '`id` is missing: name the DAG' });
  }
  if (!parsed.success || wiring === undefined || id === null || remarks.length > 0) {
    return fail(findingsOf(remarks, document));
  }
  const spec = normalise(parsed.data, wiring);
  const beyond = madeRemarks(spec, wiring);
  if (beyond.length > 0) return fail(findingsOf(beyond, document));
  return ok({
    namespace: namespace(space),
    dagId: dagId(id),
    versionId: versionIdOf(spec),
    spec,
    file: value,
    advice: adviceOf(hintsOn({ id, file: parsed.data, spec, wiring }), document),
  });
}

function adviceOf(hints: ReturnType<typeof hintsOn>, document: SourceDocument): readonly Advice[] {
  const places = document.locate(hints.map(({ path }) => path));
  return hints.map(({ path, message }, at) => {
    const { line = null, column = null } = places[at] ?? {};
    return { path: pathText(path), line, column, message };
  });
}

/** A text that is no JSON is, at this door, no DAG. */
const asDagFinding = (finding: Finding): Finding =>
  finding.code === 'BODY_INVALID' ? { ...finding, code: 'DAG_INVALID' } : finding;

const emptyFile: Finding = {
  code: 'DAG_INVALID',
  path: '',
  line: null,
  column: null,
  message: 'the file is empty: a DAG needs at least `id` and `tasks`',
};

/** Only where there are tasks: that there are none is for the schema to say. */
const wiringOf = (root: unknown): ReadWiring =>
  isMap(root) && isMap(root.tasks) ? readWiring(root) : { wiring: undefined, remarks: [] };

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Keys at the top that begin with `x-` are the author's own, for YAML anchors say. */
const withoutExtras = (root: unknown): unknown =>
  isMap(root) && Object.keys(root).some(isExtra)
    ? Object.fromEntries(Object.entries(root).filter(([key]) => !isExtra(key)))
    : root;

const isExtra = (key: string): boolean => key.startsWith('x-');

/** The one value that both sides say; a remark if they differ. */
function agreed(
  key: string,
  outside: string | null,
  inside: string | undefined,
  remarks: Remark[],
): string | null {
  if (outside !== null && inside !== undefined && outside !== inside) {
    const message = `the file says "${inside}", the request "${outside}": make them the same`;
    remarks.push({ code: 'DAG_INVALID', path: [key], message });
  }
  return outside ?? inside ?? null;
}

/** The code of an answer that carries these findings: theirs if they agree. */
export function codeOfFindings(findings: readonly Finding[]): ProblemCode {
  const codes = new Set(findings.map(({ code }) => code));
  const [only] = codes;
  return codes.size === 1 && only !== undefined ? only : 'DAG_INVALID';
}
