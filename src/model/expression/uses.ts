/**
 * What an expression reads of its scope, and what it compares that with: for the checks of those
 * who know more of the names than their types.
 */
import { functionNamed } from './functions.ts';
import { childrenOf, type Syntax } from './syntax.ts';

/** `tasks.load.state` -> `['tasks', 'load', 'state']`, as far as the keys are constant. */
export interface Use {
  readonly path: readonly string[];
  /** A position in the expression. */
  readonly at: number;
  /** Texts that it is compared with, by `==`, `!=` or `in`. */
  readonly comparedWith: readonly string[];
}

/** Names alone are not listed: their paths have at least two parts. */
export function usesOf(syntax: Syntax): readonly Use[] {
  const uses: Use[] = [];
  collect(syntax, new Set(), uses);
  return uses;
}

function collect(node: Syntax, hidden: ReadonlySet<string>, uses: Use[]): void {
  const compared = comparison(node);
  if (compared !== undefined) {
    const path = pathOf(compared.subject);
    if (path !== undefined && !hidden.has(path[0] ?? '')) {
      uses.push({ path, at: compared.subject.start, comparedWith: compared.texts });
      return;
    }
  }
  const path = pathOf(node);
  if (path !== undefined) {
    const isUse = path.length > 1 && !hidden.has(path[0] ?? '');
    if (isUse) uses.push({ path, at: node.start, comparedWith: [] });
    return;
  }
  if (node.kind !== 'loop') {
    for (const child of childrenOf(node)) collect(child, hidden, uses);
    return;
  }
  collect(node.over, hidden, uses);
  const inner = new Set([...hidden, node.variable]);
  for (const child of childrenOf(node)) if (child !== node.over) collect(child, inner, uses);
}

/** The constant keys by which a member is reached; undefined for what is no member. */
function pathOf(node: Syntax): readonly string[] | undefined {
  if (node.kind === 'name') return [node.name];
  if (node.kind !== 'member' && node.kind !== 'has' && node.kind !== 'index') return undefined;
  const above = pathOf(node.of);
  const key = node.kind === 'index' ? textOf(node.at) : node.key;
  return above === undefined || key === undefined ? undefined : [...above, key];
}

const textOf = (node: Syntax): string | undefined =>
  node.kind === 'literal' && typeof node.value === 'string' ? node.value : undefined;

interface Compared {
  readonly subject: Syntax;
  readonly texts: readonly string[];
}

/** A member and constant texts, on whichever sides they stand. */
function comparison(node: Syntax): Compared | undefined {
  if (node.kind !== 'binary') return undefined;
  const { op, left, right } = node;
  if (op === 'in' && right.kind === 'list') {
    const texts = right.items.map(textOf);
    return texts.includes(undefined)
      ? undefined
      : { subject: left, texts: texts.filter((text) => text !== undefined) };
  }
  if (op !== '==' && op !== '!=') return undefined;
  const text = textOf(right);
  if (text !== undefined) return { subject: left, texts: [text] };
  const first = textOf(left);
  return first === undefined ? undefined : { subject: right, texts: [first] };
}

/**
 * Whether it cannot give true or false, whatever the values are. `isOther` says so of a member or a
 * name of the scope.
 */
export function isNeverBool(node: Syntax, isOther: (path: readonly string[]) => boolean): boolean {
  const path = pathOf(node);
  switch (node.kind) {
    case 'literal':
      return typeof node.value !== 'boolean';
    case 'binary':
      return '+-*/%'.includes(node.op);
    case 'negative':
    case 'list':
    case 'map':
      return true;
    case 'loop':
      return node.loop === 'filter' || node.loop === 'map';
    case 'call':
      return (functionNamed(node.name)?.signatures ?? []).every(
        ({ gives }) => gives !== 'bool' && gives !== 'dyn',
      );
    case 'choice':
      return isNeverBool(node.yes, isOther) && isNeverBool(node.no, isOther);
    case 'name':
    case 'member':
    case 'index':
      return path !== undefined && isOther(path);
    default:
      return false;
  }
}
