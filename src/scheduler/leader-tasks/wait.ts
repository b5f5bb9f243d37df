/** Wait: a durable sleep. It takes no slot, and its end outlives every leader (W28). */
import { wallMs } from '../../base/brand.ts';
import { fail, ok, type Result } from '../../base/result.ts';
import { parseInstant } from '../../model/instant.ts';
import { nextTimeOfDay, parseTimeOfDay } from '../../model/time-of-day.ts';
import { defer, failTask, type Instance, succeed } from '../instance.ts';
import { renderedText } from '../render-dispatch.ts';
import { scopeOf } from '../scope-of.ts';
import type { Turn } from '../turn.ts';
import type { ActionOf } from './action-of.ts';

export function beginWait(turn: Turn, instance: Instance, action: ActionOf<'wait'>): void {
  const until = endOf(turn, instance, action);
  if (!until.ok) {
    failTask(turn, instance, until.error);
    return;
  }
  if (until.value <= turn.at) {
    succeed(turn, instance);
    return;
  }
  const waitsFor = { kind: 'time', goal: 'succeed' } as const;
  defer(turn, instance, { waitsFor, until: wallMs(until.value) });
}

/** When the wait is over, in milliseconds since the epoch. The error is a sentence. */
function endOf(
  turn: Turn,
  instance: Instance,
  { forMs, until, timezone = 'UTC' }: ActionOf<'wait'>,
): Result<number, string> {
  if (until === null) return ok(turn.at + (forMs ?? 0));
  const text = renderedText(until, scopeOf(turn, instance.live, instance));
  if (!text.ok) return fail(`\`until\` cannot be rendered: ${text.error}`);
  const timeOfDay = parseTimeOfDay(text.value);
  if (timeOfDay !== undefined) return ok(nextTimeOfDay(timezone, timeOfDay, turn.at));
  const instant = parseInstant(text.value);
  if (instant.ok) return instant;
  return fail(`\`until\` is no instant: ${instant.error}`);
}
