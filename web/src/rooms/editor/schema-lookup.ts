/** What the JSON schema of DAG files says about a place: keys, values, and words for people. */

export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean | Schema;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly required?: readonly string[];
  readonly $defs?: Readonly<Record<string, Schema>>;
}

export interface KnownKey {
  readonly name: string;
  readonly about: string;
  readonly isRequired: boolean;
  /** Whether what follows stands on lines of its own. */
  readonly isBlock: boolean;
}

export interface KnownValue {
  readonly text: string;
  readonly about: string;
}

/** Nothing in the file stands deeper. */
const depthMax = 16;

export class DagSchema {
  readonly #root: Schema;

  constructor(root: Schema) {
    this.#root = root;
  }

  keysAt(path: readonly string[], type: string | null): readonly KnownKey[] {
    const keys = new Map<string, KnownKey>();
    for (const node of ofType(this.#at(path, type), type)) {
      for (const [name, schema] of Object.entries(node.properties ?? {})) {
        if (keys.has(name)) continue;
        const all = this.#alternatives(schema);
        keys.set(name, {
          name,
          about: this.#about(schema),
          isRequired: node.required?.includes(name) === true,
          isBlock: all.length > 0 && all.every((it) => it.type === 'object'),
        });
      }
    }
    return [...keys.values()];
  }

  valuesAt(path: readonly string[], type: string | null): readonly KnownValue[] {
    const values = new Map<string, KnownValue>();
    for (const node of this.#at(path, path.at(-1) === 'type' ? null : type)) {
      const about = node.description ?? '';
      const said = node.enum ?? (node.const === undefined ? [] : [node.const]);
      const all = node.type === 'boolean' && said.length === 0 ? [true, false] : said;
      for (const value of all) values.set(String(value), { text: String(value), about });
    }
    return [...values.values()];
  }

  /** What a key is for, in a sentence; '' where the schema says nothing. */
  aboutKey(path: readonly string[], type: string | null): string {
    const name = path.at(-1);
    if (name === undefined) return '';
    for (const node of ofType(this.#at(path.slice(0, -1), type), type)) {
      const schema = node.properties?.[name];
      if (schema !== undefined) return this.#about(schema);
    }
    return '';
  }

  #at(path: readonly string[], type: string | null): readonly Schema[] {
    let nodes = this.#alternatives(this.#root);
    for (const [place, step] of path.slice(0, depthMax).entries()) {
      // The type is that of the map in which the last step stands.
      const isLast = place === path.length - 1;
      const from = isLast ? ofType(nodes, type) : nodes;
      nodes = from.flatMap((node) => this.#child(node, step));
    }
    return nodes;
  }

  #child(node: Schema, step: string): readonly Schema[] {
    if (step === '[]') return node.items === undefined ? [] : this.#alternatives(node.items);
    const known = node.properties?.[step];
    if (known !== undefined) return this.#alternatives(known);
    const other = node.additionalProperties;
    return typeof other === 'object' ? this.#alternatives(other) : [];
  }

  #alternatives(schema: Schema, depth = 0): readonly Schema[] {
    if (depth > depthMax) return [];
    const { $ref, anyOf, oneOf, allOf } = schema;
    const named = $ref === undefined ? undefined : this.#root.$defs?.[$ref.split('/').at(-1) ?? ''];
    const further = [
      ...(named ? [named] : []),
      ...(anyOf ?? []),
      ...(oneOf ?? []),
      ...(allOf ?? []),
    ];
    if (further.length === 0) return [schema];
    const own = schema.properties === undefined ? [] : [schema];
    return [...own, ...further.flatMap((it) => this.#alternatives(it, depth + 1))];
  }

  #about(schema: Schema): string {
    if (schema.description !== undefined) return schema.description;
    const told = this.#alternatives(schema).find(({ description }) => description !== undefined);
    return told?.description ?? '';
  }
}

/** Of several kinds of tasks, the one that is meant; all of them while that is not said. */
function ofType(nodes: readonly Schema[], type: string | null): readonly Schema[] {
  if (type === null) return nodes;
  const fitting = nodes.filter(({ properties }) => {
    const said = properties?.type;
    return said?.const === type || said?.enum?.includes(type) === true;
  });
  return fitting.length > 0 ? fitting : nodes;
}
