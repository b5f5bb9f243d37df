/** DAG files on this machine: which ones, and whether they are right. Needs no cluster. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { type Advice, type CheckedDag, readDag } from '../../api/dag-file.ts';
import { findingText } from '../../api/problems.ts';
import type { Finding, TextLimits } from '../../api/source-document.ts';
import { serverTextLimits } from '../../api/source-document.ts';
import { ok, type Result } from '../../base/result.ts';
import { reasonOf } from '../client.ts';
import { usage } from '../command.ts';
import type { Failure } from '../exit-codes.ts';
import { tame } from '../format.ts';
import type { Terminal } from '../terminal.ts';

/** A person's own machine has no heartbeats to keep, so files may be as long as a body. */
const limits: TextLimits = { ...serverTextLimits, charactersMax: 8 * 1024 * 1024 };
const filesMax = 10_000;
/** Characters of one finding. */
const findingMax = 2_000;

export interface DagSource {
  /** As it is shown: a path, or `stdin`. */
  readonly name: string;
  readonly text: string;
  readonly format: 'yaml' | 'json';
}

/** A file as it is, a folder with everything in it that is YAML or JSON, `-` as standard input. */
export async function dagSources(
  terminal: Terminal,
  paths: readonly string[],
): Promise<Result<readonly DagSource[], Failure>> {
  const sources: DagSource[] = [];
  for (const path of paths) {
    if (path === '-') {
      const text = await terminal.readStdin();
      sources.push({
        name: 'stdin',
        text,
        format: text.trimStart().startsWith('{') ? 'json' : 'yaml',
      });
      continue;
    }
    try {
      for (const file of await filesAt(path)) {
        const format = extname(file) === '.json' ? 'json' : 'yaml';
        sources.push({ name: file, text: await readFile(file, 'utf8'), format });
      }
    } catch (error) {
      return usage(`cannot read ${path}: ${reasonOf(error)}`, 'Name a file, a folder, or - .');
    }
  }
  if (sources.length > 0) return ok(sources);
  return usage('there is no DAG file here', 'Name files or folders with .yaml, .yml or .json.');
}

async function filesAt(path: string): Promise<readonly string[]> {
  if (!(await stat(path)).isDirectory()) return [path];
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && /\.(ya?ml|json)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
    .slice(0, filesMax);
}

export function checkSource(
  source: DagSource,
  namespace: string | null,
): Result<CheckedDag, readonly Finding[]> {
  const { text, format } = source;
  return readDag({ text, format, id: null, namespace, limits });
}

/** `dags/a.yaml:3:5 tasks.a.retries: …`, one line for each finding. */
export const findingLines = (name: string, findings: readonly Finding[]): string =>
  findings
    .map((finding) => `${name}:${finding.line === null ? ' ' : ''}${tameText(finding)}\n`)
    .join('');

/** Findings quote what the file says. */
const tameText = (finding: Finding): string => tame(findingText(finding), findingMax);

/** `dags/a.yaml:3:5 tasks.a: advice: …`: nothing is wrong. */
export const adviceLines = (name: string, advice: readonly Advice[]): string =>
  advice
    .map(({ path, message, ...finding }) => {
      const text = tameText({
        ...finding,
        code: 'DAG_INVALID',
        path,
        message: `advice: ${message}`,
      });
      return `${name}:${finding.line === null ? ' ' : ''}${text}\n`;
    })
    .join('');
