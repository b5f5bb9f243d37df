/** A Wire with failpoints around the messages on which safety hangs. */
import type { Wire } from '../actors/wire.ts';
import type { FailpointPlace } from '../api/test-hooks.ts';
import type { Failpoints } from './test-hooks-failpoints.ts';

/** By the `kind` of a message; kinds of different inboxes do not meet. */
const placesByKind: ReadonlyMap<unknown, FailpointPlace> = new Map([
  ['vote', 'send-vote'],
  ['vote-answer', 'send-vote'],
  ['append-accepted', 'send-ack'],
  ['ended', 'report'],
]);

export const hookWire = (wire: Wire, failpoints: Failpoints): Wire => ({
  self: wire.self,
  send: (to, inbox, lane, message) => {
    const place = placesByKind.get(kindOf(message));
    if (place === undefined) {
      wire.send(to, inbox, lane, message);
      return;
    }
    const nothing = (): void => {};
    const send = (): void => {
      wire.send(to, inbox, lane, message);
      failpoints.pass(`after-${place}`, nothing, nothing);
    };
    // Refused is lost: the network owes nobody an answer.
    failpoints.pass(`before-${place}`, send, nothing);
  },
  listen: (inbox, receive) => wire.listen(inbox, receive),
});

const kindOf = (message: unknown): unknown =>
  typeof message === 'object' && message !== null && 'kind' in message ? message.kind : undefined;
