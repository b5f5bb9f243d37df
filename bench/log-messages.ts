/** What `log.ts` and the nodes that it starts say to each other: JSON, one object a line. */
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { z } from 'zod';

/** What a node of the log is told when it is started. */
export const logNodeOptions = z.object({
  name: z.string(),
  voters: z.array(z.string()),
  nats: z.string(),
  dataDir: z.string(),
  cluster: z.string(),
});

/** Asked of the leader. */
export const logOrder = z.object({
  bytes: z.number(),
  inFlight: z.number(),
  seconds: z.number(),
});

export const logSaid = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('role'), role: z.enum(['leader', 'follower', 'candidate']) }),
  z.object({
    kind: z.literal('measured'),
    perSecond: z.number(),
    p50Ms: z.number(),
    p99Ms: z.number(),
    /** Of the leader's own disk, while it was measured. */
    syncMsP99: z.number(),
  }),
]);

export type LogNodeOptions = z.output<typeof logNodeOptions>;
export type LogOrder = z.output<typeof logOrder>;
export type LogSaid = z.output<typeof logSaid>;

/** Calls `heard` with each line's object; a line that is none is an error. */
export function onLines<S extends z.ZodType>(
  input: Readable,
  schema: S,
  heard: (message: z.output<S>) => void,
): void {
  createInterface({ input }).on('line', (line) => heard(schema.parse(JSON.parse(line))));
}

export const asLine = (message: LogSaid | LogOrder): string => `${JSON.stringify(message)}\n`;
