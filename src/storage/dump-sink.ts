/** Where a dump's lines go, and the helpers that its parts share. */
import type { DiskError, Store } from '../base/ports.ts';
import { ok, type Result } from '../base/result.ts';

/** One line of the dump; `kind` says what the others mean. */
export interface DumpLine {
  readonly kind: string;
  readonly [field: string]: unknown;
}

export class DumpSink {
  readonly #emit: (line: DumpLine) => void;
  readonly #signal: AbortSignal;
  #faults = 0;

  constructor(emit: (line: DumpLine) => void, signal: AbortSignal) {
    this.#emit = emit;
    this.#signal = signal;
  }

  /** Nobody wants to hear more. */
  get isCut(): boolean {
    return this.#signal.aborted;
  }

  get faults(): number {
    return this.#faults;
  }

  line(line: DumpLine): void {
    this.#emit(line);
  }

  /** Something is not what was written. */
  fault(where: string, what: string): void {
    this.#faults += 1;
    this.#emit({ kind: 'fault', where, what });
  }
}

/** A callback's answer as a promise: a dump is a program that runs from top to bottom. */
export const ask = <T>(start: (done: (value: T) => void) => void): Promise<T> =>
  new Promise((resolve) => start(resolve));

const pageRows = 256;

/** Every row of a store, page by page; ends with the error that stopped it, if one did. */
export async function eachRow(
  { store, sink }: { readonly store: Store; readonly sink: DumpSink },
  take: (key: string, value: Uint8Array) => void,
): Promise<Result<void, DiskError>> {
  let from = '';
  for (;;) {
    const range = { from, to: '~', limit: pageRows };
    const page = await ask<Parameters<Parameters<Store['scan']>[1]>[0]>((done) =>
      store.scan(range, done),
    );
    if (!page.ok) return page;
    for (const { key, value } of page.value) take(key, value);
    const last = page.value[pageRows - 1];
    if (last === undefined || sink.isCut) return ok(undefined);
    from = `${last.key}\u0000`;
  }
}
