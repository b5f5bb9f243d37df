/**
 * What zod found, as findings for people: the key path, the value, what is allowed, the position.
 */
import type { z } from 'zod';
import { didYouMean } from '../base/suggest.ts';
import { taskTypes } from './dag-file-groups.ts';
import { dagFileLimits } from './dag-file-limits.ts';
import type { ProblemCode } from './problem-code.ts';
import { type Remark, valueAt } from './remark.ts';
import {
  type Finding,
  type Path,
  pathText,
  type SourceDocument,
  shownKey,
} from './source-document.ts';
import { laterKeyText, unknownKeyText } from './unknown-keys.ts';

type Issue = z.core.$ZodIssue;

/** Remarks with their positions; at most so many that a person can read them. */
export function findingsOf(
  remarks: readonly Remark[],
  document: SourceDocument | undefined,
): readonly Finding[] {
  const shown = remarks.slice(0, dagFileLimits.findings);
  const paths = shown.map(({ path }) => asWritten(document?.value, path));
  const places = document?.locate(paths) ?? [];
  const found = shown.map(({ code, message }, at) => ({
    code,
    path: pathText(paths[at] ?? []),
    line: places[at]?.line ?? null,
    column: places[at]?.column ?? null,
    // What it quotes may be megabytes.
    message: message.slice(0, dagFileLimits.messageCharacters),
  }));
  return found.sort(
    (left, right) =>
      (left.line ?? 0) - (right.line ?? 0) || (left.column ?? 0) - (right.column ?? 0),
  );
}

/** Where a list may be written as its only element, that element has no place of its own. */
function asWritten(root: unknown, path: Path): Path {
  const written: (string | number)[] = [];
  let value = root;
  for (const step of path) {
    if (step === 0 && value !== undefined && !Array.isArray(value)) continue;
    written.push(step);
    value = valueAt(value, [step]);
  }
  return written;
}

/**
 * `code` is what an ordinary mistake is called at this door; `root` is the value that was checked.
 * No more of them than are shown: a request can hold a hundred thousand.
 */
export function remarksOf(
  issues: readonly Issue[],
  code: ProblemCode,
  root: unknown,
): readonly Remark[] {
  const remarks: Remark[] = [];
  for (const issue of issues) {
    for (const remark of remarksOfIssue(issue, [], code, root)) {
      if (remarks.length === dagFileLimits.findings) return remarks;
      remarks.push(remark);
    }
  }
  return remarks;
}

/** One by one, as they are asked for. */
function* remarksOfIssue(
  issue: Issue,
  prefix: Path,
  code: ProblemCode,
  root: unknown,
): Generator<Remark, void> {
  const path: Path = [...prefix, ...issue.path.map(step)];
  switch (issue.code) {
    case 'unrecognized_keys': {
      const known = issue.message.split(', ');
      for (const key of issue.keys) {
        const at = [...path, key];
        const later = code === 'DAG_INVALID' ? laterKeyText(key) : undefined;
        if (later !== undefined) yield { code: 'DAG_UNSUPPORTED', path: at, message: later };
        else yield { code, path: at, message: unknownKeyText(key, known) };
      }
      return;
    }
    case 'invalid_union': {
      if (issue.errors.length === 0) yield typeRemark(path, code, root);
      else {
        for (const inner of likeliestBranch(issue.errors)) {
          yield* remarksOfIssue(inner, path, code, root);
        }
      }
      return;
    }
    case 'invalid_key':
      for (const { message } of issue.issues) {
        yield { code, path, message: `"${shownKey(lastOf(path))}": ${message}` };
      }
      return;
    default:
      yield { code, path, message: sentence(issue, valueAt(root, path)) };
  }
}

const step = (key: PropertyKey): string | number => (typeof key === 'symbol' ? String(key) : key);
const lastOf = (path: Path): string => String(path.at(-1) ?? '');

/** The branch that wanted the kind of value that was given, else the one with the fewest issues. */
function likeliestBranch(branches: readonly (readonly Issue[])[]): readonly Issue[] {
  const isOfOtherKind = (branch: readonly Issue[]): boolean =>
    branch.some(({ code, path }) => code === 'invalid_type' && path.length === 0);
  return branches.find((branch) => !isOfOtherKind(branch)) ?? mergedKinds(branches);
}

/** No branch takes this kind of value: one issue that names all the kinds. */
function mergedKinds(branches: readonly (readonly Issue[])[]): readonly Issue[] {
  const kinds = branches.flatMap(([first]) =>
    first?.code === 'invalid_type' ? [kindNames[first.expected] ?? first.expected] : [],
  );
  const message = `expected ${[...new Set(kinds)].join(', or ')}`;
  return [{ code: 'custom', path: [], message, input: undefined }];
}

/** A task whose `type` is missing or not known. */
function typeRemark(path: Path, code: ProblemCode, root: unknown): Remark {
  const owner = path.at(-1) === 'type' ? path.slice(0, -1) : path;
  const value = valueAt(root, [...owner, 'type']);
  const types = taskTypes.join(', ');
  if (typeof value !== 'string') {
    return { code, path: owner, message: `\`type\` is missing: one of ${types}` };
  }
  const at = [...owner, 'type'];
  const hint = didYouMean(value, taskTypes);
  return { code, path: at, message: `unknown task type "${value}"; known are ${types}${hint}` };
}

const kindNames: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map',
  record: 'a map',
};

function sentence(issue: Issue, value: unknown): string {
  const shown = show(value);
  switch (issue.code) {
    case 'invalid_type':
      if (!issue.message.startsWith('Invalid input')) return issue.message;
      if (value === undefined) return `is missing: ${kindNames[issue.expected] ?? issue.expected}`;
      return `${shown} is not ${kindNames[issue.expected] ?? issue.expected}`;
    case 'invalid_value': {
      const allowed = issue.values.map(String);
      const hint = typeof value === 'string' ? didYouMean(value, allowed) : '';
      return `${shown} is not one of ${allowed.join(', ')}${hint}`;
    }
    case 'too_small':
      if (issue.origin === 'string') return 'must not be empty';
      if (issue.origin === 'array') return `needs at least ${issue.minimum} entries`;
      return `${shown} is too small: at least ${issue.minimum}`;
    case 'too_big':
      if (issue.origin === 'string') return `is too long: at most ${issue.maximum} characters`;
      if (issue.origin === 'array') return `has too many entries: at most ${issue.maximum}`;
      return `${shown} is too large: at most ${issue.maximum}`;
    case 'invalid_format':
      return `${shown}: ${issue.message}`;
    default:
      return issue.message;
  }
}

function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 80));
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' && value !== null ? 'a map' : String(value);
}
