/**
 * What expressions and templates of a trigger see, and what they give: filters of sources, params
 * of the run, names of assets.
 */
import { fail, ok, type Result } from '../base/result.ts';
import type { ParamValue } from '../model/dag.ts';
import type { EventSource } from '../model/dag-trigger.ts';
import { evaluateBoolean } from '../model/expression.ts';
import { type Json, parseJson } from '../model/json.ts';
import type { LiveRun } from '../model/readonly-state.ts';
import type { Scope } from '../model/scope.ts';
import type { TaskRow } from '../model/task-instance.ts';
import { render } from '../model/template.ts';
import { type Fire, payloadOf } from '../model/trigger.ts';
import { outputAt } from './live-values.ts';
import { renderedValue } from './render-dispatch.ts';
import { scopeOf } from './scope-of.ts';
import type { Turn } from './turn.ts';

/** The expression that an event must satisfy to count; null: every event does. */
export const filterOf = (source: EventSource): string | null =>
  source.kind === 'webhook' || source.kind === 'subject' ? source.filter : null;

/**
 * Whether a filter wants the event. One that cannot be evaluated, because the payload has another
 * shape than it expects, does not.
 */
export function passes(filter: string, fire: Fire): boolean {
  const wanted = evaluateBoolean(filter, triggerScope(fire));
  return wanted.ok && wanted.value;
}

/** The same for a task that waits for an event. */
export function passesForTask(filter: string | null, payload: Json): boolean {
  if (filter === null) return true;
  const wanted = evaluateBoolean(filter, { trigger: { payload } });
  return wanted.ok && wanted.value;
}

/** The params of the run that the events start, before they are checked. */
export function triggerParams(fire: Fire): Result<Readonly<Record<string, ParamValue>>, string> {
  const scope = triggerScope(fire);
  const params: Record<string, ParamValue> = {};
  for (const [name, value] of Object.entries(fire.trigger.params)) {
    const rendered = renderedValue(value, scope);
    if (!rendered.ok) return fail(`param ${name}: ${rendered.error}`);
    params[name] = rendered.value;
  }
  return ok(params);
}

/** The names of the assets that a task instance has brought up to date; its output may say them. */
export function producedAssets(
  turn: Turn,
  live: LiveRun,
  { taskId, mapIndex }: TaskRow,
  templates: readonly string[],
): Result<readonly string[], string> {
  const at = { taskId, mapIndex };
  const scope = { ...scopeOf(turn, live, at), output: outputAt(live, at) ?? null };
  const uris: string[] = [];
  for (const template of templates) {
    const uri = render(template, scope, 'text');
    if (!uri.ok) return uri;
    uris.push(uri.value);
  }
  return ok(uris);
}

/**
 * `trigger`: its name, the payload as the run gets it, and the events one by one, each with its key
 * and its time.
 */
function triggerScope(fire: Fire): Scope {
  const events = fire.events.map(({ key, at, payload }) => ({
    key,
    at: new Date(at).toISOString(),
    payload: readPayload(payload),
  }));
  const payload = readPayload(payloadOf(fire));
  return { trigger: { name: fire.trigger.name, payload, events } };
}

/** Payloads are checked when they come in; one that is none says nothing. */
function readPayload(text: string): Json {
  const parsed = parseJson(text);
  return parsed.ok ? parsed.value : null;
}
