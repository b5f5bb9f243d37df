/**
 * Every NATS subject of Skein is made here, so that permissions can be written from one page:
 *
 * - `skein.<cluster name>.<lane>.<inbox>`          to every process that listens on the inbox
 * - `skein.<cluster name>.<lane>.<inbox>.<node>`   to the processes of one node
 * - `skein.<cluster name>.alive.<node>`            probed to learn whether a node's peer lives
 *
 * A NATS server routes by subject and not by connection. The lane is therefore a part of the
 * subject: a process that listens on both of its connections hears every message once.
 */
import { assert } from '../base/assert.ts';
import type { NodeId } from '../base/brand.ts';
import type { Lane } from '../base/ports.ts';

/** The longest token, in characters; node names, cluster names and inboxes are tokens. */
const tokenCharsMax = 64;

/** The one inbox that is used before a node knows which cluster it belongs to. */
export const helloInbox = 'hello';

/** A token has no dot, no wildcard, no blank: nothing that means something to NATS. */
export const isToken = (text: string): boolean =>
  text.length <= tokenCharsMax && /^[a-zA-Z0-9_-]+$/.test(text);

/** Where every listener of `inbox` hears. */
export function allSubject(clusterName: string, lane: Lane, inbox: string): string {
  return `skein.${token(clusterName)}.${lane}.${token(inbox)}`;
}

/** Where the processes of `node` hear what is meant for them. */
export function nodeSubject(clusterName: string, lane: Lane, inbox: string, node: NodeId): string {
  return `${allSubject(clusterName, lane, inbox)}.${token(node)}`;
}

/** Where the living peer of `node` answers probes. */
export function aliveSubject(clusterName: string, node: NodeId): string {
  return `skein.${token(clusterName)}.alive.${token(node)}`;
}

function token(text: string): string {
  assert(isToken(text), `"${text}" is not a subject token: [a-zA-Z0-9_-]{1,${tokenCharsMax}}`);
  return text;
}
