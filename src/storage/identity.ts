/**
 * The identity file says whose data this directory holds: cluster, node, incarnation, and, once the
 * cluster has formed, its voters. From then on the stores beside it must exist, so that a lost one
 * is an error and not an empty log (P44), and a node with an empty directory is known to be new
 * (P47).
 *
 * The file is for people too: a line of JSON and a line with the CRC32 of the first.
 */
import { crc32 } from 'node:zlib';
import { unreachable } from '../base/assert.ts';
import type { ClusterId, Incarnation, NodeId } from '../base/brand.ts';
import type { Disk, DiskError } from '../base/ports.ts';
import { fail, ok, type Result } from '../base/result.ts';

const fileName = 'identity';
const currentFormat = 1;

export interface Identity {
  /** As the operator named it. */
  readonly clusterName: string;
  readonly clusterId: ClusterId;
  readonly node: NodeId;
  /** Of this data directory; a directory that starts over gets another. */
  readonly incarnation: Incarnation;
  /** Undefined until the cluster has formed. */
  readonly voters: readonly Voter[] | undefined;
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
  options.disk.readFile(fileName, (file) => {
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
  const line = JSON.stringify({ format: currentFormat, ...options.identity });
  options.disk.writeFile(fileName, Buffer.from(`${line}\ncrc32 ${checksum(line)}\n`), done);
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
        `reads format ${currentFormat}. Start the version that wrote it.`
      );
    case 'corrupt':
      return (
        'The identity file of this data directory is damaged. Keep the directory for analysis ' +
        'and start the node with an empty one: it copies the log from the others and regains ' +
        'its vote when the cluster re-admits it.'
      );
    case 'io':
      return `${fault.error.message}. Check the disk, then start the node again.`;
    default:
      return unreachable(fault);
  }
}

const checksum = (line: string): string => crc32(line).toString(16).padStart(8, '0');

function check(bytes: Uint8Array, expected: ExpectedIdentity): Result<Identity, IdentityFault> {
  const [line = '', seal, rest] = Buffer.from(bytes).toString('utf8').split('\n');
  if (seal !== `crc32 ${checksum(line)}` || rest !== '') return fail({ kind: 'corrupt' });
  // The CRC says that these are the words of `writeIdentity`.
  const stored: Identity & { readonly format: number } = JSON.parse(line);
  const { format, clusterName, clusterId, node, incarnation, voters } = stored;
  if (format !== currentFormat) return fail({ kind: 'other-format', found: format });
  if (clusterName !== expected.clusterName) {
    return fail({ kind: 'other-cluster', expected: expected.clusterName, found: clusterName });
  }
  if (node !== expected.node) {
    return fail({ kind: 'other-node', expected: expected.node, found: node });
  }
  return ok({ clusterName, clusterId, node, incarnation, voters });
}
