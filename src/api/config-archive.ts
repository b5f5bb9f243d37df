/**
 * An S3-compatible store for the logs of ended attempts: where it is, and the keys to it, which
 * come from the environment or a file. A problem never repeats a key.
 */
import { z } from 'zod';
import { fail, ok, type Result } from '../base/result.ts';
import type { ConfigProblem } from './config-problem.ts';

export const archiveKeys = {
  /** `https://s3.example.org`; where there is none, nothing is archived. */
  archiveEndpoint: z
    .string()
    .max(1024)
    .regex(/^https?:\/\/[^\s/@]+\/?$/, 'write https:// and a host, without a path')
    .optional(),
  archiveBucket: z
    .string()
    .regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'this is not the name of a bucket')
    .optional(),
  archiveRegion: z.string().min(1).max(64).default('us-east-1'),
  /** In front of all keys. */
  archivePrefix: z
    .string()
    .max(250)
    .regex(/^[A-Za-z0-9_.-]+(\/[A-Za-z0-9_.-]+)*$/, 'words with slashes between them')
    .optional(),
  /** A file with the id of the key and the secret, with a space, a colon or a line between them. */
  archiveKeyFile: z.string().min(1).max(4096).optional(),
};

export interface ArchiveConfig {
  readonly endpoint: string;
  readonly bucket: string;
  readonly region: string;
  readonly prefix: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

const variable = 'SKEIN_LOGS_ARCHIVE_KEY';

/** Undefined: nothing is archived. */
export function archiveConfigOf(
  said: z.output<z.ZodObject<typeof archiveKeys>>,
  sources: {
    readonly env: Readonly<Record<string, string | undefined>>;
    readonly readFile: (path: string) => Result<string, string>;
  },
): Result<ArchiveConfig | undefined, ConfigProblem> {
  const { archiveEndpoint: endpoint, archiveBucket: bucket, archiveKeyFile: file } = said;
  if (endpoint === undefined && bucket === undefined) return ok(undefined);
  if (endpoint === undefined) return problem('archiveEndpoint', 'is missing beside archiveBucket');
  if (bucket === undefined) return problem('archiveBucket', 'is missing beside archiveEndpoint');
  const direct = sources.env[variable];
  const isDirect = direct !== undefined && direct !== '';
  if (!isDirect && file === undefined) {
    return problem('archiveKeyFile', `is missing: name a file, or set ${variable}`);
  }
  const text = isDirect ? ok(direct) : sources.readFile(file ?? '');
  if (!text.ok) return problem('archiveKeyFile', text.error);
  const [accessKeyId, secretAccessKey, ...more] = text.value.trim().split(/[\s:]+/);
  if (accessKeyId === undefined || secretAccessKey === undefined || more.length > 0) {
    return problem('archiveKeyFile', 'holds the id of a key and its secret, and nothing else');
  }
  const { archiveRegion: region, archivePrefix: prefix = '' } = said;
  return ok({ endpoint, bucket, region, prefix, accessKeyId, secretAccessKey });
}

const problem = (key: string, message: string): Result<never, ConfigProblem> =>
  fail({ key: `logs.${key}`, source: `logs, or environment ${variable}`, message });
