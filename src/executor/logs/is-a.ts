/**
 * Whether a message is of this kind. The envelope proves that a process of the cluster wrote it, so
 * its kind says what it is; several kinds share an inbox, and an older version may not know all.
 */
export const isA = <T extends { readonly kind: string }>(
  kind: T['kind'],
  message: unknown,
): message is T =>
  typeof message === 'object' && message !== null && 'kind' in message && message.kind === kind;
