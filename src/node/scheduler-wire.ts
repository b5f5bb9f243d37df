/**
 * The scheduler's wire: gateways and executors by name, the gateway of this node without the wire.
 */
import { remoteRef } from '../actors/remote.ts';
import type { Ref } from '../actors/types.ts';
import type { Destination, Wire } from '../actors/wire.ts';
import type { NodeId } from '../base/brand.ts';
import type { Lane } from '../base/ports.ts';
import { inboxes, type SchedulerToExecutor, type SchedulerToGateway } from '../model/protocol.ts';
import type { GatewayMessage } from '../scheduler/gateway.ts';
import type { SchedulerWire } from '../scheduler/world.ts';

export function schedulerWire(
  wire: Wire,
  self: NodeId,
  gateway: Ref<GatewayMessage>,
): SchedulerWire {
  const executors = (to: Destination, lane: Lane): Ref<SchedulerToExecutor> =>
    remoteRef(wire, to, inboxes.executor, lane);
  return {
    toGateway: (node, message) => {
      if (node === self) gateway.tell({ kind: 'scheduler', message });
      else remoteRef<SchedulerToGateway>(wire, node, inboxes.gateway, 'bulk').tell(message);
    },
    toExecutor: (node, message) => {
      executors(node, laneOf(message)).tell(message);
    },
    toEveryExecutor: (message) => {
      executors('all', 'control').tell(message);
    },
  };
}

/** Leases hang on heartbeats; dispatches are large, and the two must not wait for each other. */
const laneOf = (message: SchedulerToExecutor): Lane =>
  message.kind === 'heartbeat-answer' ? 'control' : 'bulk';
