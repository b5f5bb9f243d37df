import { expect, it } from 'vitest';
import { incarnation, nodeId } from '../base/brand.ts';
import { exposeInbox, remoteRef } from './remote.ts';
import { ActorStage } from './testing/actor-stage.ts';
import type { Destination, Sender, Wire } from './wire.ts';

/** Two ends that hand over at once; what was sent is noted. */
function wireOf(node: string) {
  const sent: unknown[] = [];
  const listeners = new Map<string, (message: unknown, from: Sender) => void>();
  const self: Sender = { node: nodeId(node), side: 'peer', incarnation: incarnation('i1') };
  const wire: Wire = {
    self,
    send: (to: Destination, inbox, lane, message) => {
      sent.push({ to, inbox, lane, message });
      listeners.get(inbox)?.(message, self);
    },
    listen: (inbox, receive) => {
      listeners.set(inbox, receive);
      return { cancel: () => listeners.delete(inbox) };
    },
  };
  return { wire, sent };
}

it('remote: a ref sends to its inbox and names it in its path', () => {
  const { wire, sent } = wireOf('n1');
  const ref = remoteRef<string>(wire, [nodeId('n2'), nodeId('n3')], 'gateway', 'bulk');
  expect(ref.tell('hello')).toBe(true);
  expect(ref.path).toBe('remote:n2,n3/gateway');
  expect(sent).toEqual([{ to: ['n2', 'n3'], inbox: 'gateway', lane: 'bulk', message: 'hello' }]);
});

it('remote: an exposed inbox feeds a local actor with the sender, until it is cancelled', () => {
  const { clock, system, events } = new ActorStage();
  const { wire } = wireOf('n1');
  const notes: string[] = [];
  const to = system.spawn<string>('a', () => ({ receive: (message) => notes.push(message) }));
  const exposed = exposeInbox(wire, {
    inbox: 'gateway',
    to,
    read: (message, from) => (typeof message === 'string' ? `${from.node} ${message}` : undefined),
    trace: (level, name, fields = {}) => events.push({ level, name, fields }),
  });
  const remote = remoteRef<unknown>(wire, nodeId('n1'), 'gateway', 'control');
  remote.tell('one');
  remote.tell(42);
  clock.runAll();
  expect(notes).toEqual(['n1 one']);
  expect(events.map((event) => event.name)).toEqual(['actor.unreadable']);
  exposed.cancel();
  remote.tell('two');
  clock.runAll();
  expect(notes).toEqual(['n1 one']);
});
