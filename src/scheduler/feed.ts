/**
 * The feed: committed entries and changes of role on their way from Raft to the scheduler, in
 * order. The mailbox may refuse a message when it is full; what Raft says must not get lost, so it
 * waits here and the mailbox only carries a poke.
 */
import type { NodeId, Term } from '../base/brand.ts';
import type { Entry } from '../raft/log-store.ts';

export type Role = 'leader' | 'follower' | 'candidate';

export interface RoleChange {
  readonly role: Role;
  readonly term: Term;
  readonly leader: NodeId | undefined;
}

export type FeedItem =
  /** `next` asks for the page behind this one. */
  | { readonly kind: 'entries'; readonly entries: readonly Entry[]; readonly next: () => void }
  | { readonly kind: 'role'; readonly change: RoleChange };

export class LogFeed {
  #items: FeedItem[] = [];
  readonly #poke: () => void;

  /** `poke` says that there is something to take. */
  constructor(poke: () => void) {
    this.#poke = poke;
  }

  committed(entries: readonly Entry[], next: () => void): void {
    this.#items.push({ kind: 'entries', entries, next });
    this.#poke();
  }

  roleChanged(change: RoleChange): void {
    this.#items.push({ kind: 'role', change });
    this.#poke();
  }

  /** Everything that waits, oldest first. */
  take(): readonly FeedItem[] {
    const items = this.#items;
    this.#items = [];
    return items;
  }
}
