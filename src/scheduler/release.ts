/** Release: a committed turn's effects become messages, grouped so that an executor gets few. */
import type { Incarnation, LogIndex, NodeId, Term, Token } from '../base/brand.ts';
import { ok } from '../base/result.ts';
import type { Trace } from '../base/trace.ts';
import type { AttemptId, Dispatch } from '../model/protocol.ts';
import { inParts } from './dispatch-parts.ts';
import type { Effect, ExecutorAddress } from './effect.ts';
import type { Leases } from './leases.ts';
import type { LookBack } from './look-backs.ts';
import type { SchedulerWire } from './world.ts';

interface ForExecutor {
  readonly node: NodeId;
  readonly incarnation: Incarnation;
  readonly dispatches: Dispatch[];
  readonly revokes: AttemptId[];
  readonly acks: Token[];
}

export function releaseEffects(
  effects: readonly Effect[],
  context: {
    readonly wire: SchedulerWire;
    readonly leases: Leases;
    readonly term: Term;
    readonly index: LogIndex;
    readonly trace: Trace;
    /** Whether the attempt is still wanted, by all that was decided since. */
    readonly isWanted: (node: NodeId, token: Token) => boolean;
    readonly lookBack: (question: LookBack) => void;
  },
): void {
  const { wire, index, isWanted } = context;
  const groups = new Map<string, ForExecutor>();
  for (const effect of effects) {
    switch (effect.kind) {
      case 'answer': {
        const { gateway, requestId, bodyDigest, answer: own, kept } = effect;
        const answer = own.ok ? ok({ reply: own.value, index }) : own;
        wire.toGateway(gateway, { kind: 'answer', requestId, bodyDigest, answer, index, kept });
        break;
      }
      case 'release-read':
        effect.release();
        break;
      case 'look-back':
        context.lookBack(effect.question);
        break;
      case 'trace':
        context.trace(effect.level, effect.event, effect.fields);
        break;
      case 'dispatch':
        // A commit may take longer than a lease: by now the attempt may be revoked or given up as
        // lost, and under the executor's present lease it would start all the same (W12).
        if (isWanted(effect.to.node, effect.dispatch.id.token)) {
          groupOf(groups, effect.to).dispatches.push(effect.dispatch);
        }
        break;
      case 'revoke':
        groupOf(groups, effect.to).revokes.push(effect.id);
        break;
      case 'ack':
        groupOf(groups, effect.to).acks.push(...effect.tokens);
        break;
    }
  }
  for (const group of groups.values()) sendGroup(group, context);
}

function groupOf(groups: Map<string, ForExecutor>, to: ExecutorAddress): ForExecutor {
  const key = `${to.node} ${to.incarnation}`;
  const known = groups.get(key);
  if (known !== undefined) return known;
  const group = { ...to, dispatches: [], revokes: [], acks: [] };
  groups.set(key, group);
  return group;
}

function sendGroup(
  group: ForExecutor,
  { wire, leases, term }: { wire: SchedulerWire; leases: Leases; term: Term },
): void {
  const { node, incarnation, dispatches, revokes, acks } = group;
  if (acks.length > 0) {
    wire.toExecutor(node, { kind: 'ack', term, incarnation, tokens: acks });
  }
  if (revokes.length > 0) {
    wire.toExecutor(node, { kind: 'revoke', term, incarnation, attempts: revokes });
  }
  const leaseSeq = leases.seqOf(group);
  // Without an answered heartbeat there is no lease to start under; the next one brings the
  // difference.
  if (dispatches.length === 0 || leaseSeq === undefined) return;
  for (const part of inParts(dispatches)) {
    wire.toExecutor(node, { kind: 'dispatch', term, incarnation, leaseSeq, dispatches: part });
  }
}
