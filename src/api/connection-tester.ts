/** Tries to reach what a connection leads to, from the node that is asked. */
import type { ConnectionKind } from '../model/connection.ts';

export interface ConnectionTester {
  /** Undefined: connections of this kind are not tried. The detail may hold a secret still. */
  test(
    kind: ConnectionKind,
    settings: Readonly<Record<string, string>>,
  ): Promise<Tried> | undefined;
}

export interface Tried {
  readonly reached: boolean;
  readonly tookMs: number;
  /** What was found, in a sentence. */
  readonly detail: string;
}

export const noTester: ConnectionTester = { test: () => undefined };
