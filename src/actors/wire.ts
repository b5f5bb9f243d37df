/**
 * The wire: what remote refs and the Raft driver need of the transport, and nothing more.
 *
 * An inbox is a named mouth of a process (`raft`, `scheduler`, `gateway`, `executor`…). A message
 * goes to that inbox of one node, of several, or of every node. Delivery is that of the Network
 * port: once, late, or never; but never twice, never out of order, never from a foreign cluster and
 * never forged, because the envelope drops and counts those.
 */
import type { Incarnation, NodeId } from '../base/brand.ts';
import type { Cancellable, Lane } from '../base/ports.ts';

/** The two processes of a node have each their own sequence and their own inboxes. */
export type Side = 'peer' | 'executor';

/** Who sent a message, as its MAC proves. */
export interface Sender {
  readonly node: NodeId;
  readonly side: Side;
  readonly incarnation: Incarnation;
}

/** `all` reaches every process that listens on the inbox, the sender excepted. */
export type Destination = NodeId | readonly NodeId[] | 'all';

export interface Wire {
  readonly self: Sender;
  /** `message` is plain data that the codec can carry; large ones travel in chunks on their own. */
  send(to: Destination, inbox: string, lane: Lane, message: unknown): void;
  listen(inbox: string, receive: (message: unknown, from: Sender) => void): Cancellable;
}
