/**
 * What comes in by the wire, told apart by its kind. The envelope proves that a process of the
 * cluster wrote it with this codec; a kind that is not known comes from another version and is
 * refused.
 */
import type { Sender } from '../actors/wire.ts';
import type { CommandRequest, ExecutorToScheduler, SchedulerToGateway } from '../model/protocol.ts';
import type { GatewayMessage } from '../scheduler/gateway.ts';
import type { SchedulerMessage } from '../scheduler/scheduler.ts';

const executorKinds = new Set<unknown>([
  'heartbeat',
  'started',
  'ended',
] satisfies ExecutorToScheduler['kind'][]);

const gatewayKinds = new Set<unknown>([
  'answer',
  'not-leader',
] satisfies SchedulerToGateway['kind'][]);

const kindOf = (message: unknown): unknown =>
  typeof message === 'object' && message !== null && 'kind' in message ? message.kind : undefined;

const isFromExecutor = (message: unknown): message is ExecutorToScheduler =>
  executorKinds.has(kindOf(message));

const isCommand = (message: unknown): message is CommandRequest => kindOf(message) === 'command';

const isForGateway = (message: unknown): message is SchedulerToGateway =>
  gatewayKinds.has(kindOf(message));

/** An executor speaks only for itself. */
export function readFromExecutor(message: unknown, from: Sender): SchedulerMessage | undefined {
  if (!isFromExecutor(message) || message.node !== from.node) return undefined;
  return message.incarnation === from.incarnation ? { kind: 'executor', message } : undefined;
}

export const readFromPeer = (message: unknown, from: Sender): SchedulerMessage | undefined =>
  isCommand(message) ? { kind: 'command', gateway: from.node, request: message } : undefined;

export const readFromScheduler = (message: unknown): GatewayMessage | undefined =>
  isForGateway(message) ? { kind: 'scheduler', message } : undefined;
