/**
 * Who listens on a subject: a tree with one level per token, as in nats-server's sublist.
 *
 * Job: hold subscriptions and find those that match. Owns: the tree and a memory of recent answers,
 * because a cluster publishes on few subjects again and again.
 *
 * T1  An answer is remembered only until the next subscription comes or goes.
 */
import { routesMax } from './options.ts';

/** What the tree needs to know of a subscription. */
export interface Pattern {
  readonly subject: string;
  /** Of the subscriptions of one queue, one is picked per message. */
  readonly queue: string | undefined;
}

/** The receivers of one subject. */
export interface Route<S> {
  readonly plain: readonly S[];
  readonly queues: readonly (readonly S[])[];
}

interface Level<S> {
  readonly next: Map<string, Level<S>>;
  readonly here: Set<S>;
  /** Subscriptions that end in `>` here. */
  readonly rest: Set<S>;
}

/** Literal: no wildcards. A subject has no blank and no empty token. */
export function isSubject(subject: string, kind: 'literal' | 'pattern'): boolean {
  const tokens = subject.split('.');
  return tokens.every((token, index) => {
    if (token === '' || /[\s\0]/.test(token)) return false;
    if (token === '*') return kind === 'pattern';
    if (token === '>') return kind === 'pattern' && index === tokens.length - 1;
    return true;
  });
}

export class SubjectTree<S extends Pattern> {
  readonly #root: Level<S> = emptyLevel();
  readonly #routes = new Map<string, Route<S>>();

  add(subscription: S): void {
    this.#routes.clear();
    let level = this.#root;
    for (const token of subscription.subject.split('.')) {
      if (token === '>') {
        level.rest.add(subscription);
        return;
      }
      let below = level.next.get(token);
      if (below === undefined) {
        below = emptyLevel();
        level.next.set(token, below);
      }
      level = below;
    }
    level.here.add(subscription);
  }

  remove(subscription: S): void {
    this.#routes.clear();
    removeFrom(this.#root, subscription.subject.split('.'), 0, subscription);
  }

  /** The answer is shared: callers read it and let it go. */
  route(subject: string): Route<S> {
    const known = this.#routes.get(subject);
    if (known !== undefined) return known;
    const found: S[] = [];
    collect(this.#root, subject.split('.'), 0, found);
    const route = sorted(found);
    if (this.#routes.size >= routesMax) this.#routes.clear();
    this.#routes.set(subject, route);
    return route;
  }
}

const emptyLevel = <S>(): Level<S> => ({ next: new Map(), here: new Set(), rest: new Set() });

function collect<S>(level: Level<S>, tokens: readonly string[], depth: number, found: S[]): void {
  const token = tokens[depth];
  if (token === undefined) {
    found.push(...level.here);
    return;
  }
  found.push(...level.rest);
  const exact = level.next.get(token);
  if (exact !== undefined) collect(exact, tokens, depth + 1, found);
  const any = level.next.get('*');
  if (any !== undefined) collect(any, tokens, depth + 1, found);
}

function sorted<S extends Pattern>(found: readonly S[]): Route<S> {
  const plain = found.filter(({ queue }) => queue === undefined);
  const queues = new Map<string, S[]>();
  for (const subscription of found) {
    if (subscription.queue === undefined) continue;
    // Queues are told apart by their subject too: two patterns are two groups, as in nats-server.
    const name = `${subscription.queue} ${subscription.subject}`;
    const members = queues.get(name);
    if (members === undefined) queues.set(name, [subscription]);
    else members.push(subscription);
  }
  return { plain, queues: [...queues.values()] };
}

/** Returns whether the level is empty now, so that the one above can forget it. */
function removeFrom<S>(
  level: Level<S>,
  tokens: readonly string[],
  depth: number,
  subscription: S,
): boolean {
  const token = tokens[depth];
  if (token === undefined) level.here.delete(subscription);
  else if (token === '>') level.rest.delete(subscription);
  else {
    const below = level.next.get(token);
    if (below !== undefined && removeFrom(below, tokens, depth + 1, subscription)) {
      level.next.delete(token);
    }
  }
  return level.next.size === 0 && level.here.size === 0 && level.rest.size === 0;
}
