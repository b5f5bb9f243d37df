/** What a node keeps of artifacts: what its tasks leave to others, and copies of other nodes'. */
import { z } from 'zod';
import { fail, ok, type Result } from '../base/result.ts';
import type { ArchiveConfig } from './config-archive.ts';
import type { ConfigProblem } from './config-problem.ts';
import { size, strict } from './schema-kit.ts';

const mib = 1024 * 1024;
const gib = 1024 * mib;
const dayMs = 86_400_000;

const someSize = size.refine((bytes) => bytes > 0, { error: 'more than nothing' });

const choice = z.union([
  z.boolean(),
  z.enum(['true', 'false']).transform((text) => text === 'true'),
]);

export const artifactSection = strict({
  /** Of one artifact. */
  maxBytes: someSize.default(gib),
  /** Of all artifacts of one attempt. */
  maxPerAttempt: someSize.default(2 * gib),
  /** Of all objects on this node; more is refused. */
  capacity: someSize.default(10 * gib),
  /** Days after the end of the run. */
  keepDays: z.coerce.number().min(0.0001).max(36_500).default(30),
  /** Copies go to the store of `logs.archive…`, and not to another node. */
  remote: choice.default(false),
});

export interface ArtifactConfig {
  readonly maxBytes: number;
  readonly attemptBytes: number;
  readonly capacityBytes: number;
  readonly keepMs: number;
  readonly remote?: ArchiveConfig;
}

/** `archive`: where logs are archived, if they are. */
export function artifactConfigOf(
  raw: z.output<typeof artifactSection>,
  archive: ArchiveConfig | undefined,
): Result<ArtifactConfig, ConfigProblem> {
  const { maxBytes, maxPerAttempt: attemptBytes, capacity: capacityBytes, keepDays } = raw;
  const config = { maxBytes, attemptBytes, capacityBytes, keepMs: keepDays * dayMs };
  if (!raw.remote) return ok(config);
  if (archive !== undefined) return ok({ ...config, remote: archive });
  const message = 'needs a store: set logs.archiveEndpoint, logs.archiveBucket and the keys to it';
  return fail({ key: 'artifacts.remote', source: 'artifacts', message });
}
