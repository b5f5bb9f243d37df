/**
 * The identity file says whose data this directory holds: cluster, node, incarnation, and the
 * voters that the cluster was formed with. Once it says that the stores were made they must exist,
 * so that a lost one is an error and not an empty log (P44), and a node with an empty directory is
 * known to be new (P47).
 *
 * A directory that has belonged to a cluster says so for ever, by its `voters`: it never takes part
 * in forming one again, also when its data was lost (set-aside.ts).
 */
import { unreachable } from '../base/assert.ts';
import type { ClusterId, Incarnation, NodeId } from '../base/brand.ts';
import type { Disk, DiskError } from '../base/ports.ts';
import { fail, ok, type Result } from '../base/result.ts';
import { checkedLine, readCheckedLine } from './checked-line.ts';

export const identityFile = 'identity';
/**
 * Format 1 knows of no `hasStores`: it names the voters when the stores have been made. What it can
 * say is still written so, and version 0.1 can go on with the directory.
 */
const oldestFormat = 1;
const currentFormat = 2;

export interface Identity {
  /** As the operator named it. */
  readonly clusterName: string;
  /** Empty as long as it is not known. */
  readonly clusterId: ClusterId;
  readonly node: NodeId;
  /** Of this data directory; a directory that starts over gets another. */
  readonly incarnation: Incarnation;
  /**
   * Those that the cluster was formed with, if this life of the directory was among them: they are
   * the configuration of a log that begins at index 0, and do not change here when that does. Empty
   * when the directory joined later, or has to, because it lost its data. Undefined before it has
   * belonged to a cluster.
   */
  readonly voters: readonly Voter[] | undefined;
  /** Log and ledger were made: from then on one that is not there was lost. */
  readonly hasStores: boolean;
}

/** A voter is a node with its data: one that lost its data is another voter (P47, F4). */
export interface Voter {
  readonly node: NodeId;
  readonly incarnation: Incarnation;
}

export type IdentityFault =
  | { readonly kind: 'other-cluster'; readonly expected: string; readonly found: string }
  | { readonly kind: 'other-node'; readonly expected: NodeId; readonly found: NodeId }
  /** Written by a newer Skein. */
  | { readonly kind: 'other-format'; readonly found: number }
  | { readonly kind: 'corrupt' }
  | { readonly kind: 'io'; readonly error: DiskError };

export interface ExpectedIdentity {
  readonly clusterName: string;
  readonly node: NodeId;
}

/** Undefined when the directory is new. */
export function readIdentity(
  options: { readonly disk: Disk; readonly expected: ExpectedIdentity },
  done: (result: Result<Identity | undefined, IdentityFault>) => void,
): void {
  options.disk.readFile(identityFile, (file) => {
    if (!file.ok) done(fail({ kind: 'io', error: file.error }));
    else if (file.value === undefined) done(ok(undefined));
    else done(check(file.value, options.expected));
  });
}

/** Replaces the file as one step; it is durable when `done` brings no error. */
export function writeIdentity(
  options: { readonly disk: Disk; readonly identity: Identity },
  done: (error: DiskError | undefined) => void,
): void {
  options.disk.writeFile(identityFile, checkedLine(stored(options.identity)), done);
}

function stored(identity: Identity): StoredIdentity {
  const { hasStores, ...format1 } = identity;
  const wasFormed = identity.voters !== undefined && identity.voters.length > 0;
  const isFormat1 = hasStores ? wasFormed : identity.voters === undefined;
  return isFormat1 ? { format: oldestFormat, ...format1 } : { format: currentFormat, ...identity };
}

/** One paragraph for the operator: what was found and what to do next. */
export function describeIdentityFault(fault: IdentityFault): string {
  switch (fault.kind) {
    case 'other-cluster':
      return (
        `This data directory is of the cluster "${fault.found}", not of "${fault.expected}". ` +
        'Give the node the directory of its own cluster, or an empty one.'
      );
    case 'other-node':
      return (
        `This data directory is of the node "${fault.found}", not of "${fault.expected}". ` +
        'Give each node its own directory; a copied one must be emptied first.'
      );
    case 'other-format':
      return (
        `This data directory was written in format ${fault.found}, and this version of Skein ` +
        `reads formats up to ${currentFormat}. Start the version that wrote it.`
      );
    case 'corrupt':
      return (
        'The identity file of this data directory is damaged or lost. Keep the directory for ' +
        'analysis; a node with an empty one copies the log from the others and regains its vote ' +
        'when the cluster re-admits it.'
      );
    case 'io':
      return `${fault.error.message}. Check the disk, then start the node again.`;
    default:
      return unreachable(fault);
  }
}

interface StoredIdentity extends Omit<Identity, 'hasStores'> {
  readonly format: number;
  readonly hasStores?: boolean;
}

/** The identity in a file, whosever it is. */
export function decodeIdentity(bytes: Uint8Array): Result<Identity, IdentityFault> {
  const stored = readCheckedLine<StoredIdentity>(bytes);
  if (stored === undefined) return fail({ kind: 'corrupt' });
  const { format, clusterName, clusterId, node, incarnation, voters } = stored;
  if (format < oldestFormat || format > currentFormat) {
    return fail({ kind: 'other-format', found: format });
  }
  const hasStores = stored.hasStores ?? voters !== undefined;
  return ok({ clusterName, clusterId, node, incarnation, voters, hasStores });
}

function check(bytes: Uint8Array, expected: ExpectedIdentity): Result<Identity, IdentityFault> {
  const decoded = decodeIdentity(bytes);
  if (!decoded.ok) return decoded;
  const { clusterName, node } = decoded.value;
  if (clusterName !== expected.clusterName) {
    return fail({ kind: 'other-cluster', expected: expected.clusterName, found: clusterName });
  }
  if (node !== expected.node) {
    return fail({ kind: 'other-node', expected: expected.node, found: node });
  }
  return decoded;
}
