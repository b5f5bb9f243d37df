/**
 * Every place for text in what a JSON Schema describes, found by walking over it, so that a field
 * which is new tomorrow is covered tomorrow. A part of the schema with a name of its own (`$ref`)
 * is walked once: it is the same wherever it stands.
 */
import { present } from '../../src/base/assert.ts';

export interface Schema {
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, Schema>>;
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  /** By how their names begin: `^x-`. */
  readonly patternProperties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly minimum?: number;
}

/** A place for text. */
export interface Field {
  /** `tasks.*(shell).env.*`; `.~` is the name of an entry. */
  readonly path: string;
  /** The least whole document with this text in the place. */
  readonly fill: (text: unknown) => unknown;
  /** A text that belongs there. */
  readonly harmless: string;
  /** Only a few words may stand there, or one. */
  readonly isClosed: boolean;
}

type Map = Readonly<Record<string, unknown>>;

/** What the schema does not say, by the paths of the places. Of several the last one counts. */
export interface Hints {
  /** Texts that are right; `a` is right in all other places. */
  readonly samples: readonly (readonly [RegExp, string])[];
  /** What else a map must say that says this. */
  readonly companions: readonly (readonly [RegExp, Map])[];
  /** What is in a map with entries of any name. */
  readonly entries: readonly (readonly [RegExp, Map])[];
  /** Tasks that stand beside the one that holds the place. */
  readonly neighbours: readonly (readonly [RegExp, Map])[];
}

const lastFit = <T>(hints: readonly (readonly [RegExp, T])[], path: string): T | undefined =>
  hints.findLast(([places]) => places.test(path))?.[1];

interface Hole {
  readonly path: string;
  readonly fill: (text: unknown) => unknown;
  readonly fixed: string | undefined;
  readonly isClosed: boolean;
}

export const fieldsOf = (root: Schema, hints: Hints): readonly Field[] =>
  [...new Walker(root, hints).holes(root, '')].map(({ fixed, ...hole }) => {
    const harmless = fixed ?? lastFit(hints.samples, hole.path) ?? 'a';
    return { ...hole, harmless };
  });

class Walker {
  readonly #root: Schema;
  readonly #hints: Hints;
  readonly #walked = new Set<string>();

  constructor(root: Schema, hints: Hints) {
    this.#root = root;
    this.#hints = hints;
  }

  *holes(schema: Schema, path: string): Iterable<Hole> {
    if (schema.$ref !== undefined) {
      if (this.#walked.has(schema.$ref)) return;
      this.#walked.add(schema.$ref);
      yield* this.holes(this.#named(schema.$ref), path);
      return;
    }
    for (const option of [...(schema.anyOf ?? []), ...(schema.oneOf ?? [])]) {
      yield* this.holes(option, path + kindOf(option));
    }
    if (schema.items !== undefined) {
      for (const hole of this.holes(schema.items, `${path}[]`)) {
        yield { ...hole, fill: (text) => [hole.fill(text)] };
      }
    }
    yield* this.#properties(schema, path);
    yield* this.#entries(schema, path);
    if (!takesText(schema)) return;
    const [first] = schema.enum ?? [schema.const];
    const fixed = typeof first === 'string' ? first : undefined;
    yield { path, fill: (text) => text, fixed, isClosed: fixed !== undefined };
  }

  *#properties(schema: Schema, path: string): Iterable<Hole> {
    const patterns = Object.entries(schema.patternProperties ?? {});
    const named = patterns.map(([pattern, value]) => [`${pattern.slice(1)}a`, value] as const);
    for (const [key, value] of [...Object.entries(schema.properties ?? {}), ...named]) {
      const inside = path === '' ? key : `${path}.${key}`;
      const companions = lastFit(this.#hints.companions, inside) ?? {};
      const base = { ...this.#required(schema, path), ...companions };
      for (const hole of this.holes(value, inside)) {
        yield { ...hole, fill: (text) => ({ ...base, [key]: hole.fill(text) }) };
      }
    }
  }

  *#entries(schema: Schema, path: string): Iterable<Hole> {
    const { additionalProperties: others } = schema;
    if (typeof others !== 'object') return;
    const base = Object.entries(this.#required(schema, path));
    const value = this.#least(others, `${path}.*`);
    // `fromEntries` defines: a name like __proto__ becomes a key, as it does in a text.
    const named = (name: unknown) => Object.fromEntries([...base, [String(name), value]]);
    yield { path: `${path}.~`, fill: named, fixed: 'a', isClosed: false };
    for (const hole of this.holes(others, `${path}.*`)) {
      const beside = path === 'tasks' ? lastFit(this.#hints.neighbours, hole.path) : undefined;
      const fill = (text: unknown) => ({
        ...Object.fromEntries(base),
        a: hole.fill(text),
        ...beside,
      });
      yield { ...hole, fill };
    }
  }

  #named(ref: string): Schema {
    if (ref === '#') return this.#root;
    const name = ref.slice('#/$defs/'.length);
    return present(this.#root.$defs?.[name], `the schema defines ${name}`);
  }

  #required(schema: Schema, path: string): Record<string, unknown> {
    const { required = [], properties = {} } = schema;
    return Object.fromEntries(
      required.map((key) => {
        const inside = path === '' ? key : `${path}.${key}`;
        return [key, this.#least(properties[key] ?? {}, inside)];
      }),
    );
  }

  /** The least value that fits. */
  #least(schema: Schema, path: string): unknown {
    if (schema.$ref !== undefined) return this.#least(this.#named(schema.$ref), path);
    if (schema.const !== undefined) return schema.const;
    if (schema.enum !== undefined) return schema.enum[0];
    const [option] = schema.anyOf ?? schema.oneOf ?? [];
    if (option !== undefined) return this.#least(option, path);
    switch (schema.type) {
      case 'object':
        return { ...this.#required(schema, path), ...lastFit(this.#hints.entries, path) };
      case 'array':
        return [];
      case 'integer':
      case 'number':
        return Math.max(schema.minimum ?? 1, 1);
      case 'boolean':
        return true;
      default:
        return lastFit(this.#hints.samples, path) ?? 'a';
    }
  }
}

/** `(shell)`: which of several kinds it is. */
function kindOf(option: Schema): string {
  const { type, kind } = option.properties ?? {};
  const word = type?.const ?? type?.enum?.[0] ?? kind?.const;
  return typeof word === 'string' && type?.enum?.[0] !== 'string' ? `(${word})` : '';
}

/** Where nothing is said of the type, anything goes, and text as well. */
const takesText = (schema: Schema): boolean =>
  [schema.type].flat().includes('string') ||
  (schema.type === undefined && schema.anyOf === undefined && schema.oneOf === undefined);
