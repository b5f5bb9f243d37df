/** What the executor and its masker say to each other, over the channel between the processes. */

/** A pipe that a task writes into, and the file where it is to stand without secrets. */
export interface MaskedFile {
  readonly pipe: string;
  readonly file: string;
}

export type ToMasker =
  /** Answered by `opened`: from then on tasks may write. */
  | {
      readonly kind: 'open';
      readonly id: number;
      readonly files: readonly MaskedFile[];
      readonly secrets: readonly string[];
    }
  /** Nobody writes any more. Answered by `closed`, when everything stands in the files. */
  | { readonly kind: 'close'; readonly id: number };

export interface FromMasker {
  readonly kind: 'opened' | 'closed';
  readonly id: number;
  /** A sentence; absent: done. */
  readonly error?: string;
}

export const isToMasker = (message: unknown): message is ToMasker => hasKind(message, toKinds);

export const isFromMasker = (message: unknown): message is FromMasker =>
  hasKind(message, fromKinds);

const toKinds: ReadonlySet<unknown> = new Set(['open', 'close'] satisfies ToMasker['kind'][]);
const fromKinds: ReadonlySet<unknown> = new Set([
  'opened',
  'closed',
] satisfies FromMasker['kind'][]);

const hasKind = (message: unknown, kinds: ReadonlySet<unknown>): boolean =>
  typeof message === 'object' && message !== null && 'kind' in message && kinds.has(message.kind);
