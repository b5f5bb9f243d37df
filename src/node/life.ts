/**
 * A node's papers: the identity of its data directory, and the number of its executor's life. Both
 * are read and written before anything else is opened.
 */
import { randomBytes } from 'node:crypto';
import { clusterId, incarnation, nodeId } from '../base/brand.ts';
import type { Disk } from '../base/ports.ts';
import { fail, ok, type Result } from '../base/result.ts';
import {
  describeIdentityFault,
  type Identity,
  type IdentityFault,
  readIdentity,
  writeIdentity,
} from '../storage/identity.ts';
import { type Ending, exitCodes } from './ending.ts';

/** The identity of the directory; made now if the directory is new. */
export async function findIdentity(
  disk: Disk,
  expected: { readonly clusterName: string; readonly node: string },
): Promise<Result<Identity, Ending>> {
  const { clusterName } = expected;
  const node = nodeId(expected.node);
  const read = await new Promise<Parameters<Parameters<typeof readIdentity>[1]>[0]>((resolve) =>
    readIdentity({ disk, expected: { clusterName, node } }, resolve),
  );
  if (!read.ok) {
    const code = read.error.kind === 'io' ? exitCodes.storage : exitCodes.identity;
    const name = identityCodes[read.error.kind];
    return fail({ code, why: `${name}: ${describeIdentityFault(read.error)}` });
  }
  if (read.value !== undefined) return ok(read.value);
  const identity: Identity = {
    clusterName,
    clusterId: clusterId(''),
    node,
    incarnation: incarnation(randomBytes(12).toString('hex')),
    voters: undefined,
  };
  const written = await saveIdentity(disk, identity);
  return written === undefined ? ok(identity) : fail(written);
}

const identityCodes = {
  'other-cluster': 'OTHER_CLUSTER',
  'other-node': 'OTHER_NODE',
  'other-format': 'OTHER_FORMAT',
  corrupt: 'IDENTITY_CORRUPT',
  io: 'STORAGE_FAILED',
} as const satisfies Record<IdentityFault['kind'], string>;

/** Undefined when it is durable. */
export const saveIdentity = (disk: Disk, identity: Identity): Promise<Ending | undefined> =>
  new Promise((resolve) =>
    writeIdentity({ disk, identity }, (error) => resolve(error && storageFailed(error))),
  );

const storageFailed = ({ message }: Error): Ending => ({
  code: exitCodes.storage,
  why: `STORAGE_FAILED: ${message}`,
});

const lifeFile = 'executor-life';

/**
 * The incarnation of the executor that is about to start. Incarnations of one node grow in the
 * order of strings, so that the scheduler can tell a late message of an old executor from a new
 * executor.
 */
export async function nextExecutorLife(disk: Disk): Promise<Result<string, Ending>> {
  const read = await new Promise<Result<Uint8Array | undefined, Error>>((resolve) =>
    disk.readFile(lifeFile, resolve),
  );
  if (!read.ok) return fail(storageFailed(read.error));
  const last = Number(Buffer.from(read.value ?? []).toString('utf8') || '0');
  // The clock keeps a wiped directory ahead of its past, the number one whose clock was set back.
  const life = Math.max(last + 1, Date.now());
  const error = await new Promise<Error | undefined>((resolve) =>
    disk.writeFile(lifeFile, Buffer.from(String(life)), resolve),
  );
  if (error !== undefined) return fail(storageFailed(error));
  return ok(`${String(life).padStart(16, '0')}-${randomBytes(4).toString('hex')}`);
}
