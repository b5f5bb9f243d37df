/**
 * What those hear whose turn did not come into the log, and what operators hear of an input that no
 * entry can carry.
 */
import type { LogIndex } from '../base/brand.ts';
import type { TraceFields } from '../base/trace.ts';
import type { Deadline } from './deadlines.ts';
import type { Effect } from './effect.ts';
import type { Input } from './input.ts';
import type { SchedulerWire } from './world.ts';

type CommandInput = Extract<Input, { readonly kind: 'command' }>;

/** Clients of an undone turn ask again; reads that saw it are made again. */
export function takeBack(wire: SchedulerWire, effects: readonly Effect[]): void {
  readAgain(effects);
  for (const effect of effects) {
    if (effect.kind !== 'answer') continue;
    const { gateway, requestId } = effect;
    wire.toGateway(gateway, { kind: 'not-leader', requestId, leader: undefined });
  }
}

/** The same for one input of such a turn that was not decided on again. */
export function askAgain(wire: SchedulerWire, input: Input): void {
  if (input.kind !== 'command') return;
  const { requestId } = input.request;
  wire.toGateway(input.gateway, { kind: 'not-leader', requestId, leader: undefined });
}

export function readAgain(effects: readonly Effect[]): void {
  for (const effect of effects) if (effect.kind === 'release-read') effect.again();
}

/** One decision alone may be more than an entry can carry; asking again would not help. */
export function refuseTooLarge(
  wire: SchedulerWire,
  { gateway, request }: CommandInput,
  index: LogIndex,
): void {
  const { requestId, bodyDigest } = request;
  const detail = 'the change is larger than one log entry can carry; nothing changed';
  const answer = { ok: false, error: { code: 'TOO_LARGE', detail } } as const;
  const refused = { kind: 'answer', requestId, bodyDigest, answer, kept: false } as const;
  wire.toGateway(gateway, { ...refused, index });
}

/** An input that nobody answers for, by what an operator needs to find what is too large. */
export function tooLargeFields(input: Exclude<Input, CommandInput>): TraceFields {
  const next =
    'make what it writes smaller (tasks, params, payloads, outputs) or cancel its run; ' +
    'everything else goes on, and this is tried again later';
  return { input: input.kind, ...whoseFields(input), next };
}

function whoseFields(input: Exclude<Input, CommandInput>): TraceFields {
  switch (input.kind) {
    case 'deadline':
      return deadlineFields(input.deadline);
    case 'node-seen':
      return { node: input.heartbeat.node };
    case 'looked-back':
      return {};
    case 'scaled':
      return { pool: input.pool };
    case 'attempts-started':
    case 'attempts-ended':
    case 'node-lost':
      return { node: input.executor.node };
  }
}

function deadlineFields({ kind, ...rest }: Deadline): TraceFields {
  return { deadline: kind, ...rest };
}
