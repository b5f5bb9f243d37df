/**
 * The one place that knows YAML. Text is looked over by the lexer before it is parsed, because the
 * parser is recursive: a million brackets end the whole process, not just the call. Nodes become
 * plain data here and not by the package, whose search for anchors is quadratic.
 */
import {
  type Alias,
  CST,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  Lexer,
  LineCounter,
  type Node,
  parseDocument,
  type YAMLMap,
} from 'yaml';
import { fail, ok } from '../base/result.ts';
import {
  type Finding,
  isReservedKey,
  type Path,
  type Position,
  pathText,
  type ReadDocument,
  reservedKeyText,
  type TextLimits,
  twiceText,
} from './source-document.ts';

/** Reads one YAML 1.2 document (core schema, plus `<<` merges). Never throws. */
export function readYaml(text: string, limits: TextLimits): ReadDocument {
  const overlook = lookOver(text, limits);
  if (overlook !== undefined) return fail([overlook]);
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    logLevel: 'silent',
    prettyErrors: false,
    schema: 'core',
    stringKeys: true,
    uniqueKeys: false,
    version: '1.2',
  });
  const faults = [...document.errors, ...document.warnings];
  if (faults.length > 0) {
    return fail(
      faults.map(({ pos, message, code }) =>
        finding(positionAt(lines, pos[0]), '', code === 'MULTIPLE_DOCS' ? oneDocument : message),
      ),
    );
  }
  const root: Node | null = isNode(document.contents) ? document.contents : null;
  const plainer = new Plainer(lines, limits);
  const value = root === null ? null : plainer.plain(root, []);
  if (plainer.findings.length > 0) return fail(plainer.findings);
  const locateOne = (path: Path) => locate(root, path, lines, plainer.anchors);
  return ok({ value, locate: (paths) => paths.map(locateOne) });
}

const oneDocument = 'one file holds one document: remove everything from the second `---` on';

const positionAt = (lines: LineCounter, offset: number): Position => {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(line, 1), column: Math.max(col, 1) };
};

const finding = (at: Position | undefined, path: string, message: string): Finding => ({
  code: 'DAG_INVALID',
  path,
  line: at?.line ?? null,
  column: at?.column ?? null,
  message,
});

/** Size, nesting and number of aliases, found in one pass over the tokens. */
function lookOver(text: string, limits: TextLimits): Finding | undefined {
  if (text.length > limits.charactersMax) {
    const detail = `the text has ${text.length} characters, YAML may have ${limits.charactersMax}`;
    return { ...finding(undefined, '', `${detail}: send it as JSON`), code: 'TOO_LARGE' };
  }
  const nesting = new Nesting();
  let aliases = 0;
  for (const token of new Lexer().lex(text)) {
    const type = CST.tokenType(token);
    if (type === 'alias') aliases++;
    nesting.meet(type, token.length);
    if (nesting.depth > limits.depthMax) {
      const at = { line: nesting.line, column: nesting.column };
      return finding(at, '', `lists and maps are nested deeper than ${limits.depthMax} levels`);
    }
    if (aliases > limits.aliasesMax) {
      const at = { line: nesting.line, column: 1 };
      return finding(at, '', `there are more than ${limits.aliasesMax} aliases`);
    }
  }
  return undefined;
}

/** Tokens that open no list and no map, wherever in a line they stand. */
const standsAside: ReadonlySet<string | null> = new Set([
  'byte-order-mark',
  'comment',
  'doc-end',
  'doc-mode',
  'doc-start',
  'space',
]);

/** Counts open brackets and the columns at which open block lists and maps began. */
class Nesting {
  line = 1;
  column = 1;
  #flow = 0;
  #opensLine = true;
  readonly #blocks: number[] = [];

  get depth(): number {
    return this.#flow + this.#blocks.length;
  }

  meet(type: string | null, length: number): void {
    if (type === 'newline') {
      this.line++;
      this.column = 1;
      this.#opensLine = true;
      return;
    }
    if (type === 'flow-seq-start' || type === 'flow-map-start') this.#flow++;
    if (type === 'flow-seq-end' || type === 'flow-map-end')
      this.#flow = Math.max(0, this.#flow - 1);
    if (this.#opensLine && this.#flow === 0 && !standsAside.has(type)) {
      while ((this.#blocks.at(-1) ?? 0) >= this.column) this.#blocks.pop();
      this.#blocks.push(this.column);
      this.#opensLine = type === 'seq-item-ind' || type === 'explicit-key-ind';
    }
    // The lexer marks the begin of a document and of a scalar by a token without width.
    if (type !== 'doc-mode' && type !== 'scalar') this.column += length;
  }
}

interface Anchored {
  readonly node: Node;
  readonly value: unknown;
  /** Values in it, aliases written out. */
  readonly size: number;
}

/** Turns nodes into plain data. Recursion is bounded: `lookOver` has limited the depth. */
class Plainer {
  readonly findings: Finding[] = [];
  readonly anchors = new Map<string, Anchored>();
  readonly #lines: LineCounter;
  readonly #limits: TextLimits;
  #values = 0;

  constructor(lines: LineCounter, limits: TextLimits) {
    this.#lines = lines;
    this.#limits = limits;
  }

  plain(node: Node | null, path: Path): unknown {
    if (node === null) return null;
    if (isAlias(node)) return this.#alias(node, path);
    const before = this.#values++;
    const value = this.#bare(node, path);
    if (node.anchor !== undefined) {
      this.anchors.set(node.anchor, { node, value, size: this.#values - before });
    }
    return value;
  }

  #bare(node: Node, path: Path): unknown {
    if (isScalar(node)) return node.value;
    if (isMap(node)) return this.#map(node, path);
    if (!isSeq(node)) return null;
    return node.items.map((item, place) =>
      this.plain(isNode(item) ? item : null, [...path, place]),
    );
  }

  #alias(node: Alias, path: Path): unknown {
    const anchored = this.anchors.get(node.source);
    if (anchored === undefined) {
      this.#find(node, path, `*${node.source} names an anchor that is not complete above it`);
      return null;
    }
    this.#values += anchored.size;
    if (this.#values <= this.#limits.valuesMax) return anchored.value;
    if (this.#values - anchored.size <= this.#limits.valuesMax) {
      const most = this.#limits.valuesMax;
      this.#find(node, path, `written out, the aliases make more than ${most} values`);
    }
    return null;
  }

  #map(node: YAMLMap, path: Path): Record<string, unknown> {
    const own: Record<string, unknown> = {};
    const merged: Record<string, unknown> = {};
    for (const { key, value } of node.items) {
      const name = isScalar(key) ? String(key.value) : '';
      const keyNode = isNode(key) ? key : node;
      const inside = [...path, name];
      const plain = this.plain(isNode(value) ? value : null, inside);
      if (name === '<<') this.#merge(keyNode, inside, plain, merged);
      else if (isReservedKey(name)) this.#find(keyNode, inside, reservedKeyText(name));
      else if (Object.hasOwn(own, name)) this.#find(keyNode, inside, twiceText(name));
      else own[name] = plain;
    }
    return { ...merged, ...own };
  }

  #merge(at: Node, path: Path, plain: unknown, into: Record<string, unknown>): void {
    for (const source of Array.isArray(plain) ? plain : [plain]) {
      if (typeof source !== 'object' || source === null || Array.isArray(source)) {
        this.#find(at, path, '<< takes a map, or a list of maps');
        continue;
      }
      // Of several sources the first one wins; explicit keys win over all.
      for (const [key, value] of Object.entries(source)) {
        if (!Object.hasOwn(into, key)) into[key] = value;
      }
    }
  }

  #find(node: Node, path: Path, message: string): void {
    const at = node.range?.[0];
    const position = at === undefined ? undefined : positionAt(this.#lines, at);
    this.findings.push(finding(position, pathText(path), message));
  }
}

function locate(
  root: Node | null,
  path: Path,
  lines: LineCounter,
  anchors: ReadonlyMap<string, Anchored>,
): Position | undefined {
  let node = root;
  let at = root?.range?.[0];
  for (const step of path) {
    if (isAlias(node)) node = anchors.get(node.source)?.node ?? null;
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === step);
      if (pair === undefined) break;
      if (isNode(pair.key)) at = pair.key.range?.[0] ?? at;
      node = isNode(pair.value) ? pair.value : null;
    } else if (isSeq(node) && typeof step === 'number') {
      const item = node.items[step];
      node = isNode(item) ? item : null;
      at = node?.range?.[0] ?? at;
    } else break;
  }
  return at === undefined ? undefined : positionAt(lines, at);
}
