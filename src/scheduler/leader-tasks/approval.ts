/**
 * Approval: a person says yes or no, with the values of a form; or the time for it runs out. The
 * decision is the output, whichever way it went, so that a task behind it can tell why.
 */
import { formatDuration } from '../../base/duration.ts';
import type { ParamValue } from '../../model/dag.ts';
import { resolveValues } from '../../model/params.ts';
import { defer, endAs, failTask, type Instance, makeOutput, succeed } from '../instance.ts';
import { renderedText } from '../render-dispatch.ts';
import { scopeOf } from '../scope-of.ts';
import type { Turn } from '../turn.ts';
import type { ActionOf } from './action-of.ts';
import { timeLimit } from './time-limit.ts';

/** What people are shown, in characters. */
const messageLengthMax = 4096;

export interface Decision {
  readonly approved: boolean;
  readonly by: string;
  readonly note: string;
  readonly values: Readonly<Record<string, ParamValue>>;
}

export function beginApproval(turn: Turn, instance: Instance, action: ActionOf<'approval'>): void {
  const message = renderedText(action.message, scopeOf(turn, instance.live, instance));
  if (!message.ok) {
    failTask(turn, instance, `its message cannot be rendered: ${message.error}`);
    return;
  }
  const waitsFor = { kind: 'approval', message: message.value.slice(0, messageLengthMax) } as const;
  defer(turn, instance, { waitsFor, until: timeLimit(turn, instance) });
}

export function endApproval(
  turn: Turn,
  instance: Instance,
  { action, decision }: { readonly action: ActionOf<'approval'>; readonly decision: Decision },
): void {
  const { approved, by, note, values } = decision;
  const output = { approved, by, note, values };
  if (approved) {
    succeed(turn, instance, output);
    return;
  }
  makeOutput(turn, instance, output);
  const reason = note === '' ? `rejected by ${by}` : `rejected by ${by}: ${note}`;
  endAs(turn, instance, { how: action.onReject, reason });
}

/** Nobody has decided in time. */
export function timeOutApproval(
  turn: Turn,
  instance: Instance,
  action: ActionOf<'approval'>,
): void {
  const waited = `nobody decided within ${formatDuration(instance.spec.timeoutMs ?? 0)}`;
  if (action.onTimeout !== 'approve') {
    endAs(turn, instance, { how: action.onTimeout, reason: waited });
    return;
  }
  const values = resolveValues(action.fields, {});
  if (!values.ok) {
    const reason = `${waited}, and its form has no defaults to go on with: ${values.error}`;
    failTask(turn, instance, reason);
    return;
  }
  const decision = { approved: true, by: 'timeout', note: waited, values: values.value };
  endApproval(turn, instance, { action, decision });
}
