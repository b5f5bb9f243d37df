/** Limits of artifacts; those of a node come with its settings. */

export interface ArtifactSettings {
  /** Of one artifact. */
  readonly maxBytes: number;
  /** Of all artifacts of one attempt together. */
  readonly attemptBytes: number;
  /** All objects on this node. More are refused. */
  readonly capacityBytes: number;
  /** Objects go when the run that they belong to has ended so long ago. */
  readonly keepMs: number;
  /** With less free space on the disk nothing is taken. */
  readonly minFreeBytes: number;
}

const mib = 1024 * 1024;
const dayMs = 86_400_000;

export const artifactSettings: ArtifactSettings = {
  maxBytes: 1024 * mib,
  attemptBytes: 2 * 1024 * mib,
  capacityBytes: 10 * 1024 * mib,
  keepMs: 30 * dayMs,
  minFreeBytes: 256 * mib,
};

export const storeLimits = {
  /** What is read, hashed and written in one step. */
  stepBytes: 256 * 1024,
  /** Objects that are written or checked side by side; more wait. */
  atATime: 2,
  /** In one answer. A frame takes half of what NATS takes, 1 MiB unless it is told otherwise. */
  pieceBytes: 256 * 1024,
  /** Pieces without an answer of one object that is fetched. */
  piecesInFlight: 4,
  /** An answer that has not come by then is asked for again, so often. */
  answerMs: 2_000,
  tries: 3,
  /** A node answers for the first time when it has looked through the object. */
  firstAnswerMs: 30_000,
  /** Requests in work for other nodes. One more gets no answer, and comes again. */
  requests: 256,
  /** A second copy without progress for so long is given up. */
  stalledMs: 30_000,
  /** Without a word for so long the next node is asked for it. */
  silentMs: 5_000,
  /** Between two looks at how far it is. */
  lookMs: 250,
  /** An object that was looked through is believed for so long. */
  believedMs: 600_000,
  believed: 1_000,
  /** Files, folders and links of a folder. */
  entries: 100_000,
  /** Folders in folders. */
  depth: 100,
} as const;
