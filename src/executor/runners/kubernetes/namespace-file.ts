/**
 * The namespaces in which a node may have Jobs, as lines of a file: a later life of the node looks
 * there for what this one leaves.
 *
 * Invariants:
 *   F1  From when `keep` has resolved, its namespace is in the file for as long as this life lasts.
 *   F2  Whoever reads the file finds it whole, as it was before a change or after it.
 */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

export class NamespaceFile {
  readonly #path: string;
  readonly #kept = new Set<string>();
  #listed: Promise<ReadonlySet<string>> | undefined;
  /** The last of the changes, which are made one after the other. */
  #changed: Promise<void> = Promise.resolve();

  constructor(path: string) {
    this.#path = path;
  }

  listed(): Promise<ReadonlySet<string>> {
    this.#listed ??= linesOf(this.#path).catch((error: unknown) => {
      this.#listed = undefined;
      throw error;
    });
    return this.#listed;
  }

  keep(namespace: string): Promise<void> {
    this.#kept.add(namespace);
    return this.#change((listed) => new Set([...listed, namespace]));
  }

  /** Nothing of ours is there any more, except what is in a namespace that is kept (F1). */
  forget(namespace: string): Promise<void> {
    return this.#change((listed) => {
      const isLeft = (other: string) => other !== namespace || this.#kept.has(other);
      return new Set([...listed].filter(isLeft));
    });
  }

  #change(change: (listed: ReadonlySet<string>) => ReadonlySet<string>): Promise<void> {
    const changed = this.#changed.then(async () => {
      const before = await this.listed();
      const after = change(before);
      if (after.size === before.size) return;
      await this.#write(after);
      this.#listed = Promise.resolve(after);
    });
    this.#changed = changed.catch(() => {});
    return changed;
  }

  async #write(namespaces: ReadonlySet<string>): Promise<void> {
    await mkdir(dirname(this.#path), { recursive: true });
    const text = [...namespaces].map((namespace) => `${namespace}\n`).join('');
    await writeFile(`${this.#path}.new`, text, { flush: true });
    await rename(`${this.#path}.new`, this.#path);
  }
}

async function linesOf(path: string): Promise<ReadonlySet<string>> {
  try {
    const text = await readFile(path, 'utf8');
    return new Set(text.split('\n').filter((line) => line !== ''));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return new Set();
    throw error;
  }
}
