/**
 * A node's papers: the identity of its data directory, and the number of its executor's life. Both
 * are read and written before anything else is opened. A directory that cannot be trusted gets new
 * papers here.
 */
import { randomBytes } from 'node:crypto';
import { clusterId, type Incarnation, incarnation, nodeId } from '../base/brand.ts';
import type { Disk } from '../base/ports.ts';
import { fail, ok, type Result } from '../base/result.ts';
import {
  describeIdentityFault,
  type Identity,
  type IdentityFault,
  readIdentity,
  writeIdentity,
} from '../storage/identity.ts';
import { hasOrphans, healDirectory, resumeHealing } from '../storage/set-aside.ts';
import { describeHealRefusal, type HealRefusal } from '../storage/set-aside-refusal.ts';
import { type Ending, exitCodes } from './ending.ts';

/** What the operator says of this directory. */
export interface Expectation {
  readonly clusterName: string;
  readonly node: string;
  /** How many nodes form the cluster. */
  readonly expect: number;
  /** False: a directory that cannot be trusted is left as it is, and the node stops. */
  readonly rejoin?: boolean;
}

/**
 * The identity of the directory; made now if the directory is new. One whose identity is damaged or
 * lost has started over when this ends well.
 */
export async function findIdentity(
  disk: Disk,
  expected: Expectation,
): Promise<Result<Identity, Ending>> {
  const resumed = await new Promise<Result<Identity | undefined, HealRefusal>>((resolve) =>
    resumeHealing(disk, resolve),
  );
  if (!resumed.ok) return fail(cannotHeal(resumed.error));
  const { clusterName } = expected;
  const node = nodeId(expected.node);
  const read = await new Promise<Result<Identity | undefined, IdentityFault>>((resolve) =>
    readIdentity({ disk, expected: { clusterName, node } }, resolve),
  );
  if (!read.ok) return identityFailed(disk, expected, read.error);
  if (read.value !== undefined) return ok(read.value);
  const orphans = await new Promise<Result<boolean, HealRefusal>>((resolve) =>
    hasOrphans(disk, resolve),
  );
  if (!orphans.ok) return fail(cannotHeal(orphans.error));
  if (orphans.value) return identityFailed(disk, expected, { kind: 'corrupt' });
  const identity: Identity = {
    clusterName,
    clusterId: clusterId(''),
    node,
    incarnation: newIncarnation(),
    voters: undefined,
    hasStores: false,
  };
  const written = await saveIdentity(disk, identity);
  return written === undefined ? ok(identity) : fail(written);
}

/**
 * Sets a damaged directory aside and gives the node a new life without data, in which it has to
 * join its cluster. No store is open. If that cannot be, the node ends as `cause` says.
 */
export async function startOver(
  disk: Disk,
  options: {
    /** As far as it is known. */
    readonly identity: Identity | undefined;
    readonly expected: Expectation;
    /** How the node would end otherwise: why its directory cannot be trusted. */
    readonly cause: Ending;
  },
): Promise<Result<Identity, Ending>> {
  const { identity, cause } = options;
  const expected = { ...options.expected, node: nodeId(options.expected.node) };
  const healed = await new Promise<Result<Identity, HealRefusal>>((resolve) =>
    healDirectory(
      { disk, identity, expected, why: cause.why, newIncarnation: newIncarnation() },
      resolve,
    ),
  );
  if (healed.ok) return healed;
  const why = describeHealRefusal(healed.error);
  if (healed.error.kind !== 'full') return fail({ ...cause, why: `${cause.why} ${why}` });
  return fail({ code: exitCodes.storage, why: `SET_ASIDE_FULL: ${why} This time: ${cause.why}` });
}

async function identityFailed(
  disk: Disk,
  expected: Expectation,
  fault: IdentityFault,
): Promise<Result<Identity, Ending>> {
  const code = fault.kind === 'io' ? exitCodes.storage : exitCodes.identity;
  const cause = { code, why: `${identityCodes[fault.kind]}: ${describeIdentityFault(fault)}` };
  if (fault.kind !== 'corrupt' || expected.rejoin === false) return fail(cause);
  return startOver(disk, { identity: undefined, expected, cause });
}

const newIncarnation = (): Incarnation => incarnation(randomBytes(12).toString('hex'));

/** A healing that was begun before cannot be ended. */
function cannotHeal(refusal: HealRefusal): Ending {
  const name = refusal.kind === 'disk' ? 'STORAGE_FAILED' : 'SET_ASIDE_CORRUPT';
  return { code: exitCodes.storage, why: `${name}: ${describeHealRefusal(refusal)}` };
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
