/**
 * A program: an expression that was read and compiled, kept by its text. It is the same for every
 * scope; a fresh frame for each run of it keeps evaluations apart.
 */
import { fail, ok, type Result } from '../../base/result.ts';
import type { Json } from '../json.ts';
import { TextCache } from '../text-cache.ts';
import { type Budget, evaluationBudget } from './budget.ts';
import { parse } from './cel.ts';
import { compile, type FreeName } from './compile.ts';
import type { Frame, Step } from './frame.ts';
import { childrenOf, type Flaw, type Syntax } from './syntax.ts';
import { type Fault, refused, type Value } from './value.ts';

/** Characters of one expression. */
export const expressionLengthMax = 4_096;
/** Characters of expressions that are kept compiled: some thousands of them. */
const programCharactersMax = 512 * 1024;

export interface Program {
  readonly syntax: Syntax;
  readonly step: Step;
  readonly freeNames: readonly FreeName[];
}

const programs = new TextCache<Result<Program, Flaw>>(programCharactersMax);

export function programOf(text: string): Result<Program, Flaw> {
  if (text.length > expressionLengthMax) {
    const message = `an expression has at most ${expressionLengthMax} characters`;
    return fail({ message, at: expressionLengthMax });
  }
  return programs.get(text, build);
}

function build(text: string): Result<Program, Flaw> {
  const syntax = parse(text);
  if (!syntax.ok) return syntax;
  const { step, flaws, freeNames } = compile(syntax.value, text);
  const [flaw] = flaws;
  return flaw === undefined ? ok({ syntax: syntax.value, step, freeNames }) : fail(flaw);
}

export const newBudget = (): Budget => ({ left: evaluationBudget });

/** Never throws: what an evaluation cannot do is a fault. */
export function run(
  program: Program,
  scope: Readonly<Record<string, Json>>,
  budget: Budget = newBudget(),
): Value | Fault {
  const frame: Frame = { scope, slots: [], left: budget.left };
  try {
    return program.step(frame);
  } catch (error) {
    // The stack, or the longest text that the engine knows: limits of the machine.
    return refused(error instanceof Error ? error.message : String(error));
  } finally {
    budget.left = frame.left;
  }
}

/** The members of `name` that the program names with constant keys, or all if it uses others. */
export function membersNamed(program: Program, name: string): ReadonlySet<string> | 'all' {
  const keys = new Set<string>();
  return collectMembers(program.syntax, name, keys) ? keys : 'all';
}

/** False: it uses `name` in a way that does not say which member. */
function collectMembers(node: Syntax, name: string, keys: Set<string>): boolean {
  if (node.kind === 'name') return node.name !== name;
  if (node.kind === 'loop' && node.variable === name) {
    return collectMembers(node.over, name, keys);
  }
  const key = keyOf(node, name);
  if (key === undefined) return childrenOf(node).every((it) => collectMembers(it, name, keys));
  keys.add(key);
  return true;
}

function keyOf(node: Syntax, name: string): string | undefined {
  if (node.kind !== 'member' && node.kind !== 'has' && node.kind !== 'index') return undefined;
  if (node.of.kind !== 'name' || node.of.name !== name) return undefined;
  if (node.kind !== 'index') return node.key;
  const { at } = node;
  return at.kind === 'literal' && typeof at.value === 'string' ? at.value : undefined;
}
