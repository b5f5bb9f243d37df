/** Named limits of the HTTP door (law 12). */
export interface HttpLimits {
  readonly bodyBytesMax: number;
  readonly headerBytesMax: number;
  readonly headersMax: number;
  /** From the first byte of a request to the end of its headers, in milliseconds. */
  readonly headersMs: number;
  /** From the first byte of a request to the end of its body, in milliseconds. */
  readonly requestMs: number;
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
