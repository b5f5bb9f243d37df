/**
 * Refs across the wire. A remote ref tells an inbox of other processes; an exposed inbox feeds a
 * local actor. Who tells does not know where its peer lives.
 */
import type { Cancellable, Lane } from '../base/ports.ts';
import type { Trace } from '../base/trace.ts';
import type { Ref } from './types.ts';
import type { Destination, Sender, Wire } from './wire.ts';

/**
 * The inbox `inbox` at `destination`. Its `tell` is always true: the network takes everything and
 * promises nothing, so what must arrive is repeated until it is acknowledged.
 */
export function remoteRef<M>(
  wire: Wire,
  destination: Destination,
  inbox: string,
  lane: Lane,
): Ref<M> {
  const nodes = typeof destination === 'string' ? destination : destination.join(',');
  return {
    path: `remote:${nodes}/${inbox}`,
    tell: (message) => {
      wire.send(destination, inbox, lane, message);
      return true;
    },
  };
}

export interface InboxOptions<M> {
  readonly inbox: string;
  readonly to: Ref<M>;
  /** Makes a message of the local actor's own; undefined for what it does not understand. */
  readonly read: (message: unknown, from: Sender) => M | undefined;
  readonly trace: Trace;
}

/**
 * Tells `to` what comes in at `inbox`, until it is cancelled. A full mailbox loses the message, as
 * the network might have done, and counts it.
 */
export function exposeInbox<M>(wire: Wire, options: InboxOptions<M>): Cancellable {
  const { inbox, to, read, trace } = options;
  return wire.listen(inbox, (received, from) => {
    const message = read(received, from);
    if (message !== undefined) to.tell(message);
    else trace('warn', 'actor.unreadable', { inbox, node: from.node, side: from.side });
  });
}
