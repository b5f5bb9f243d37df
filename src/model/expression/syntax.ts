/**
 * The syntax tree of an expression, as we evaluate it. The parser's own tree is translated to this
 * one at once, so that nothing which we do not name here can be evaluated.
 */
import { unreachable } from '../../base/assert.ts';

export type Comparison = '==' | '!=' | '<' | '<=' | '>' | '>=' | 'in';
export type Arithmetic = '+' | '-' | '*' | '/' | '%';

export const isArithmetic = (op: Arithmetic | Comparison): op is Arithmetic =>
  op === '+' || op === '-' || op === '*' || op === '/' || op === '%';

export type LoopKind = 'all' | 'exists' | 'exists_one' | 'filter' | 'map';

/** Characters of the text, from `start` to before `end`. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

export type Syntax = Range &
  (
    | { readonly kind: 'literal'; readonly value: null | boolean | bigint | number | string }
    | { readonly kind: 'name'; readonly name: string }
    | { readonly kind: 'member'; readonly of: Syntax; readonly key: string }
    | { readonly kind: 'index'; readonly of: Syntax; readonly at: Syntax }
    /** `f(a, b)` and `a.f(b)` are the same. */
    | { readonly kind: 'call'; readonly name: string; readonly args: readonly Syntax[] }
    | {
        readonly kind: 'loop';
        readonly loop: LoopKind;
        readonly over: Syntax;
        readonly variable: string;
        /** Of `filter`, and of `map` with three arguments; otherwise null. */
        readonly keep: Syntax | null;
        readonly body: Syntax;
      }
    | { readonly kind: 'has'; readonly of: Syntax; readonly key: string }
    | { readonly kind: 'list'; readonly items: readonly Syntax[] }
    | { readonly kind: 'map'; readonly entries: readonly Entry[] }
    | {
        readonly kind: 'choice';
        readonly test: Syntax;
        readonly yes: Syntax;
        readonly no: Syntax;
      }
    | { readonly kind: 'and' | 'or'; readonly left: Syntax; readonly right: Syntax }
    | { readonly kind: 'not' | 'negative'; readonly of: Syntax }
    | {
        readonly kind: 'binary';
        readonly op: Comparison | Arithmetic;
        readonly left: Syntax;
        readonly right: Syntax;
      }
  );

export type SyntaxOf<K extends Syntax['kind']> = Extract<Syntax, { kind: K }>;

export interface Entry {
  readonly key: Syntax;
  readonly value: Syntax;
}

/** What is wrong with a text, and where: a position in the text, or null. */
export interface Flaw {
  readonly message: string;
  readonly at: number | null;
}

export function childrenOf(node: Syntax): readonly Syntax[] {
  switch (node.kind) {
    case 'literal':
    case 'name':
      return [];
    case 'member':
    case 'has':
    case 'not':
    case 'negative':
      return [node.of];
    case 'index':
      return [node.of, node.at];
    case 'call':
      return node.args;
    case 'loop':
      return node.keep === null ? [node.over, node.body] : [node.over, node.keep, node.body];
    case 'list':
      return node.items;
    case 'map':
      return node.entries.flatMap(({ key, value }) => [key, value]);
    case 'choice':
      return [node.test, node.yes, node.no];
    case 'and':
    case 'or':
    case 'binary':
      return [node.left, node.right];
    default:
      return unreachable(node);
  }
}

/** Nodes of the tree: what one evaluation of it costs if nothing repeats. */
export const weightOf = (node: Syntax): number =>
  childrenOf(node).reduce((total, child) => total + weightOf(child), 1);
