/**
 * Retries: whether and when a failed attempt is repeated (L174, L175, T04).
 *
 * `retries` counts further attempts after the first. An attempt that was lost with its node is not
 * the task's fault: it is repeated without counting, but at most `lostRepeatsMax` times in a row,
 * so that a task which kills its node does not wander through the cluster for ever.
 */
import { type WallMs, wallMs } from '../base/brand.ts';
import { hash32 } from '../base/random.ts';
import type { EndedAttempt } from '../model/attempt.ts';
import type { RetryRule, TaskSpec } from '../model/dag.ts';
import type { AttemptReport } from '../model/protocol.ts';

export const lostRepeatsMax = 10;

/** Whether another counted attempt is left after `tries` of them. */
export const hasRetryLeft = (spec: TaskSpec, tries: number): boolean => tries <= spec.retries;

/** What is known of a failure when it is asked whether it is retried. */
export interface Failure {
  readonly exitCode: number | null;
  readonly classes: readonly string[];
}

/** Whether this kind of failure is retried at all. */
export const isRetried = ({ retryOn, noRetryOn }: TaskSpec, failure: Failure): boolean =>
  (noRetryOn === undefined || !matches(noRetryOn, failure)) &&
  (retryOn === undefined || matches(retryOn, failure));

/** A rule that names nothing means every failure. */
function matches({ exitCodes, errors }: RetryRule, { exitCode, classes }: Failure): boolean {
  if (exitCodes === null && errors === null) return true;
  if (exitCode !== null && exitCodes?.includes(exitCode)) return true;
  return classes.some((name) => errors?.includes(name));
}

/**
 * The classes of a failure, the narrowest first: `http_503` is `http_5xx` and `http` too, as is
 * `smtp_450` of `smtp`, and `signal_9` is `signal`. Executors of version 1 do not tell the class,
 * but the end says much.
 */
export function classesOf({ outcome, signal, errorClass }: AttemptReport): readonly string[] {
  const told = errorClass ?? (signal === null ? undefined : `signal_${signal}`);
  const name = outcome === 'timed_out' ? 'timeout' : told;
  if (name === undefined) return [];
  const [, family, number] = /^(http|smtp|signal)_(\d+)$/.exec(name) ?? [];
  if (family === undefined || number === undefined) return [name];
  if (family === 'signal') return [name, family];
  return [name, `${family}_${number.slice(0, 1)}xx`, family];
}

/** Attempts that were lost one after the other, up to the newest. */
export const lostInARow = (attempts: readonly EndedAttempt[]): number =>
  attempts.length - 1 - attempts.findLastIndex(({ outcome }) => outcome !== 'lost');

/**
 * When the next attempt may start. Exponential: base x 2^(tries - 1), at most `retryDelayMsMax`.
 * Jitter takes up to half away, by hash of the attempt, so that it is the same whoever computes it.
 */
export function retryAt(spec: TaskSpec, tries: number, seed: string, now: WallMs): WallMs {
  const factor = spec.retryBackoff === 'exponential' ? 2 ** Math.min(tries - 1, 40) : 1;
  const wanted = spec.retryDelayMs * factor;
  const delayMs = Math.min(wanted, spec.retryDelayMsMax ?? retryDelayMsCap);
  const cut = spec.retryJitter ? (hash32(seed) / 0x1_0000_0000) * 0.5 : 0;
  return wallMs(now + Math.round(delayMs * (1 - cut)));
}

/** A retry that waits as long as the one who was asked wants it to, up to a day. */
export function notBefore(at: WallMs, { retryAfterMs = 0 }: AttemptReport, now: WallMs): WallMs {
  return wallMs(Math.max(at, now + Math.min(retryAfterMs, retryDelayMsCap)));
}

/** Exponential delays stop growing here when the definition names no maximum: one day. */
const retryDelayMsCap = 86_400_000;
