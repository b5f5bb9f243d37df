/**
 * The scheduler's wire: gateways and executors by name, the gateway of this node without the wire.
 */
import type { Ref } from '../actors/types.ts';
import type { Wire } from '../actors/wire.ts';
import type { NodeId } from '../base/brand.ts';
import type { Lane } from '../base/ports.ts';
import { inboxes, type SchedulerToExecutor } from '../model/protocol.ts';
import type { GatewayMessage } from '../scheduler/gateway.ts';
import type { SchedulerWire } from '../scheduler/world.ts';

export function schedulerWire(
  wire: Wire,
  self: NodeId,
  gateway: Ref<GatewayMessage>,
): SchedulerWire {
  return {
    toGateway: (node, message) => {
      if (node === self) gateway.tell({ kind: 'scheduler', message });
      else wire.send(node, inboxes.gateway, 'bulk', message);
    },
    toExecutor: (node, message) => wire.send(node, inboxes.executor, laneOf(message), message),
    toEveryExecutor: (message) => wire.send('all', inboxes.executor, 'control', message),
  };
}

/** Leases hang on heartbeats; dispatches are large, and the two must not wait for each other. */
const laneOf = (message: SchedulerToExecutor): Lane =>
  message.kind === 'heartbeat-answer' ? 'control' : 'bulk';
