/** Why a peer ends itself, or cannot begin; `node` maps it to an exit code. */
export interface PeerFailure {
  readonly kind: /** The disk refused. */
    | 'storage'
    /** What the disk holds is not what was written: the directory may start over. */
    | 'damaged'
    /** Our own promise is broken. */
    | 'invariant'
    /** This node is not, or no longer, who it claims to be. */
    | 'identity';
  /** Begins with a permanent code. */
  readonly why: string;
}
