/** The keys of a task's gates, which may be templates: rendered once, when the task could start. */
import { fail, ok, type Result } from '../base/result.ts';
import type { TaskSpec } from '../model/dag.ts';
import type { LiveRun } from '../model/readonly-state.ts';
import { render } from '../model/template.ts';
import type { GateKeys } from './gates.ts';
import { type Place, type ScopeSource, scopeOf } from './scope-of.ts';

/** Characters of one key. */
export const keyLengthMax = 250;

/** The error is a sentence about the key that is none. */
export function gateKeysOf(
  source: ScopeSource,
  live: LiveRun,
  { concurrency, rate }: TaskSpec,
  place: Place,
): Result<GateKeys, string> {
  const scope = scopeOf(source, live, place);
  const keyOf = (what: string, template: string | undefined): Result<string | null, string> => {
    if (template === undefined) return ok(null);
    const key = render(template, scope, 'text');
    if (!key.ok) return fail(`its ${what} key cannot be rendered: ${key.error}`);
    if (key.value === '') return fail(`its ${what} key is empty: ${template}`);
    if (key.value.length <= keyLengthMax) return key;
    return fail(`its ${what} key has more than ${keyLengthMax} characters`);
  };
  const mutex = keyOf('concurrency', concurrency?.key);
  if (!mutex.ok) return mutex;
  const pace = keyOf('rate', rate?.key);
  if (!pace.ok) return pace;
  return ok({ concurrency: mutex.value, rate: pace.value });
}
