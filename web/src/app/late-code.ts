/** Code that is loaded when it is needed, from a node that may be gone by then. */
import { currentNode } from '../data/nodes.ts';

/**
 * What the node that served this page can no longer serve is had from another one, as a new page:
 * the address says what was to be seen.
 */
export function lateCode<T>(load: () => Promise<T>): Promise<T> {
  return load().catch((error: unknown) => {
    const node = currentNode();
    if (node === window.location.origin) throw error;
    const { pathname, search } = window.location;
    window.location.replace(`${node}${pathname}${search}`);
    // The page goes away: nobody waits for this any more.
    return new Promise<never>(() => {});
  });
}

/** Loads one after the other while nothing else is to be done: the node may die. Never rejects. */
export async function loadWhenIdle(loads: readonly (() => Promise<unknown>)[]): Promise<void> {
  const idle = window.requestIdleCallback ?? ((run: () => void) => setTimeout(run, 1_000));
  for (const load of loads) {
    await new Promise<void>((resolve) => idle(() => resolve()));
    // What is not to be had now is asked for again when somebody goes there.
    await load().catch(() => {});
  }
}
