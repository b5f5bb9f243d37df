/**
 * The living children of one parent, in the order in which they were spawned.
 *
 * It owns the names. It does not decide who lives: it ends all of them when its parent ends.
 *
 * C1. No two living children have the same name.
 * C2. Children end before their parent, the youngest first, because a younger child may use an
 *     older one.
 */
import { assert } from '../base/assert.ts';
import type { Child, Host, Parent } from './host.ts';
import type { Factory, Ref, SpawnOptions } from './types.ts';

/** A name is one step of a path. */
const namePattern = /^[A-Za-z0-9][A-Za-z0-9._:@-]*$/;

export class Children {
  readonly #host: Host;
  readonly #parent: Parent;
  /** The parent's path; empty for the system. */
  readonly #path: string;
  readonly #living = new Map<string, Pick<Child<never>, 'end'>>();

  constructor(host: Host, parent: Parent, path: string) {
    this.#host = host;
    this.#parent = parent;
    this.#path = path;
  }

  spawn<M>(name: string, factory: Factory<M>, options: SpawnOptions): Ref<M> {
    assert(namePattern.test(name), `"${name}" is no name for an actor`);
    const path = `${this.#path}/${name}`;
    assert(!this.#living.has(path), `C1: there is an actor ${path} already`);
    const child = this.#host.create({ path, parent: this.#parent }, factory, options);
    this.#living.set(path, child);
    return child.ref;
  }

  release(path: string): void {
    this.#living.delete(path);
  }

  /** Ends all of them, in the order of C2. */
  end(): void {
    for (const child of [...this.#living.values()].reverse()) child.end();
  }
}
