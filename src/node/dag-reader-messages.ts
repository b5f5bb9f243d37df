/** What a node and the thread that reads its definitions say to each other. */
import type { DagText } from '../api/dag-file.ts';
import type { DagContent } from '../api/dag-reader.ts';
import type { Finding } from '../api/source-document.ts';
import type { Result } from '../base/result.ts';

export type ToDagThread =
  | { readonly kind: 'read'; readonly input: DagText }
  /** The slice before has been taken in. */
  | { readonly kind: 'next' };

/**
 * The answer, with a spec that has no tasks yet; then, asked for one by one, the tasks. At once
 * they would be a stretch of their own: copying 10,000 takes 50 ms.
 */
export type FromDagThread =
  | {
      readonly kind: 'read';
      readonly result: Result<DagContent, readonly Finding[]>;
      readonly slices: number;
    }
  /** Entries of `spec.tasks`, packed by the codec. */
  | { readonly kind: 'tasks'; readonly packed: Uint8Array };
