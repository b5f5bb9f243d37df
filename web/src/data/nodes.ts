/**
 * The nodes that this page may talk to. It begins with the one that served it; when a node does not
 * answer, the next one is taken, and stays the favourite until it does not answer either.
 */

const known: string[] = [window.location.origin];
let favourite = 0;

/** Of the node that answered last: `http://127.0.0.1:8080`. */
export const currentNode = (): string => known[favourite] ?? window.location.origin;

/** How many nodes there are to try. */
export const nodeCount = (): number => known.length;

/** Tells of nodes of the cluster (origins); who is known already stays in its place. */
export function learnNodes(origins: Iterable<string>): void {
  for (const origin of origins) if (!known.includes(origin)) known.push(origin);
}

/** The node did not answer: the next one is asked from now on. */
export function leaveNode(origin: string): void {
  if (currentNode() !== origin) return;
  favourite = (favourite + 1) % known.length;
}
