/** Who stands upstream of whom. Made once per file, when somebody asks for more than a parent. */
import type { TaskId } from '../base/brand.ts';
import type { Graph } from '../model/graph.ts';

/** One bit for each pair of tasks: for ten thousand of them 12 MiB and some ten milliseconds. */
export class Ancestors {
  readonly #graph: Graph;
  readonly #places: ReadonlyMap<TaskId, number>;
  #rows: readonly Uint32Array[] | undefined;

  constructor(graph: Graph) {
    this.#graph = graph;
    this.#places = new Map(graph.order.map((id, place) => [id, place]));
  }

  /** Whether `above` has certainly ended when `below` starts. */
  isUpstream(above: TaskId, below: TaskId): boolean {
    if (this.#graph.parents.get(below)?.includes(above) === true) return true;
    const row = this.#row(below);
    const place = this.#places.get(above);
    return place !== undefined && row !== undefined && hasBit(row, place);
  }

  /** All of them, each behind its own. */
  of(below: TaskId): readonly TaskId[] {
    const row = this.#row(below);
    if (row === undefined) return [];
    return this.#graph.order.filter((_, place) => hasBit(row, place));
  }

  #row(id: TaskId): Uint32Array | undefined {
    this.#rows ??= this.#makeRows();
    const place = this.#places.get(id);
    return place === undefined ? undefined : this.#rows[place];
  }

  /** A task's ancestors are its parents and theirs, and parents come first in the order. */
  #makeRows(): readonly Uint32Array[] {
    const { order, parents } = this.#graph;
    const width = Math.ceil(order.length / 32);
    const rows: Uint32Array[] = [];
    for (const id of order) {
      const row = new Uint32Array(width);
      for (const parent of parents.get(id) ?? []) {
        const place = this.#places.get(parent) ?? 0;
        row[place >>> 5] = (row[place >>> 5] ?? 0) | (1 << (place & 31));
        for (const [word, bits] of (rows[place] ?? row).entries())
          row[word] = (row[word] ?? 0) | bits;
      }
      rows.push(row);
    }
    return rows;
  }
}

const hasBit = (row: Uint32Array, place: number): boolean =>
  ((row[place >>> 5] ?? 0) & (1 << (place & 31))) !== 0;
