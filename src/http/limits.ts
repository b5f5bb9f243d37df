/** Named limits of the HTTP door (law 12). */
export interface HttpLimits {
  readonly bodyBytesMax: number;
  readonly headerBytesMax: number;
  readonly headersMax: number;
  /** From the first byte of a request to the end of its headers, in milliseconds. */
  readonly headersMs: number;
  /** From the first byte of a request to the end of its body, in milliseconds. */
  readonly requestMs: number;
  /** Fewer where the process may open few files: see `connectionsWithin`. */
  readonly connectionsMax: number;
  /** Event streams and followed logs together. */
  readonly streamsMax: number;
  readonly lifelinesMax: number;
  readonly heartbeatMs: number;
  /** A stream whose reader takes nothing for so long is cut. */
  readonly stalledMs: number;
  /** What a stream may hold for a slow reader, in bytes. */
  readonly streamBytesMax: number;
}

export const httpLimits: HttpLimits = {
  bodyBytesMax: 8 * 1024 * 1024,
  headerBytesMax: 16 * 1024,
  headersMax: 100,
  headersMs: 10_000,
  requestMs: 30_000,
  connectionsMax: 4_096,
  streamsMax: 256,
  lifelinesMax: 256,
  heartbeatMs: 15_000,
  stalledMs: 60_000,
  streamBytesMax: 256 * 1024,
};

/**
 * Of the files that the process may have open, so many are not for connections, but at least a
 * quarter: databases, whose failure ends the node, connections to NATS and to other nodes, logs.
 */
const filesReserved = 128;

/** With fewer than this an operator should know. */
export const connectionsFew = 512;

/** How many connections the process has room for; `limits` is its `/proc/self/limits`. */
export function connectionsWithin(limits: string): number {
  const soft = /^Max open files +(\d+)/m.exec(limits)?.[1];
  if (soft === undefined) return httpLimits.connectionsMax;
  const files = Number(soft);
  const left = files - Math.max(filesReserved, Math.ceil(files / 4));
  return Math.min(httpLimits.connectionsMax, Math.max(1, left));
}
