/** Makes the text that tells what an attempt was given, and says where it lies. */
import { type Given, givenBytesMax } from '../../model/given.ts';
import {
  isJsonList,
  isJsonObject,
  type Json,
  type JsonObject,
  parseJson,
} from '../../model/json.ts';
import { contextJson } from '../context.ts';
import type { Work } from '../runner.ts';
import { mask, maskText } from '../secret-forms.ts';
import { shownUrl } from '../shown-url.ts';

/** Parts that may be large, in the order in which they are left out. */
const largeParts = ['upstream', 'item', 'trigger', 'params', 'env', 'action'] as const;

/** `at`: an instant as text. */
export function givenText(work: Work, at: string): string {
  const { id: _, opened, connections = {}, inputs = [], upstreamOmitted = [] } = work;
  const secrets = opened?.secrets ?? [];
  const hidden = <T extends Json>(value: T): Json => withoutSecrets(value, secrets);
  const given: Omit<Given, 'leftOut'> = {
    at,
    action: objectOf(hidden(withoutKeys(plain(work.action)))),
    env: objectOf(hidden({ ...work.env })),
    params: objectOf(hidden(plain(work.params))),
    trigger: hidden(jsonOrText(work.trigger)),
    item: hidden(jsonOrText(work.item)),
    upstream: objectOf(hidden(upstreamOf(work))),
    upstreamOmitted,
    connections: Object.keys(connections),
    inputs: inputs.map(({ path, sha256 }) => ({ path, sha256 })),
    cwd: work.cwd,
    timeoutMs: work.timeoutMs,
  };
  return withinLimit(given);
}

function withinLimit(whole: object): string {
  const leftOut: string[] = [];
  const given: Record<string, unknown> = { ...whole, leftOut };
  let text = JSON.stringify(given);
  for (const part of largeParts) {
    if (Buffer.byteLength(text) <= givenBytesMax) break;
    given[part] = null;
    leftOut.push(part);
    text = JSON.stringify(given);
  }
  return text;
}

/**
 * Whether the context file of an attempt says what it was given: of tasks of which there may be a
 * thousand a second, and another file each costs; unless something of it is to be hidden, or
 * has to be fetched first: what cannot be fetched would leave no context behind.
 */
export const liesInContext = ({ action, opened, inputs, upstreamObjects }: Work): boolean =>
  (action.kind === 'shell' || (action.kind === 'function' && action.reuse === true)) &&
  [opened, inputs, upstreamObjects].every((part) => part === undefined);

/** What the context file of an attempt says. */
export function contextText(work: Work, nowMs: number): string {
  const at = new Date(nowMs).toISOString();
  return contextJson(work, liesInContext(work) ? { given: givenBeside(work, at) } : undefined);
}

/** What it says of such an attempt beside what it says of every one. */
function givenBeside(work: Work, at: string): JsonObject {
  const { action, env, cwd, timeoutMs } = work;
  return { at, action: plain(action), env, connections: [], inputs: [], cwd, timeoutMs };
}

/** The same text of a context file that has `given`; null: it has none. */
export function givenOfContext(context: string): string | null {
  const parsed = parseJson(context);
  if (!parsed.ok || !isJsonObject(parsed.value)) return null;
  const { given, params, trigger, item, upstream, upstreamOmitted } = parsed.value;
  if (given === undefined || !isJsonObject(given)) return null;
  return withinLimit({ ...given, params, trigger, item, upstream, upstreamOmitted });
}

const objectOf = (value: Json): JsonObject | null => (isJsonObject(value) ? value : null);

/** Plain data of the protocol is JSON, but its types do not say so. */
function plain(value: object): JsonObject {
  const parsed = parseJson(JSON.stringify(value));
  return parsed.ok && isJsonObject(parsed.value) ? parsed.value : {};
}

/** Text that is no JSON is shown as it is. */
function jsonOrText(json: string | undefined): Json {
  if (json === undefined) return null;
  const parsed = parseJson(json);
  return parsed.ok ? parsed.value : json;
}

const upstreamOf = ({ upstream }: Work): JsonObject =>
  Object.fromEntries(Object.entries(upstream).map(([task, json]) => [task, jsonOrText(json)]));

/** Headers by which somebody proves who they are. */
const provingHeaders: ReadonlySet<string> = new Set([
  'authorization',
  'proxy-authorization',
  'cookie',
  'x-api-key',
]);

/** What a call over HTTP proves itself with is a secret, wherever its author had it from. */
function withoutKeys(action: JsonObject): JsonObject {
  const { auth, headers, url } = action;
  const shown: Record<string, Json> = { ...action };
  if (typeof url === 'string' && url.includes('@')) shown.url = shownUrl(url);
  if (auth !== undefined && isJsonObject(auth)) {
    const keys = ['token', 'password'].filter((key) => Object.hasOwn(auth, key));
    shown.auth = { ...auth, ...Object.fromEntries(keys.map((key) => [key, mask])) };
  }
  if (headers !== undefined && isJsonObject(headers)) {
    shown.headers = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [
        name,
        provingHeaders.has(name.toLowerCase()) ? mask : value,
      ]),
    );
  }
  return shown;
}

/** Every text of the value, and every number that reads like a secret. */
function withoutSecrets(value: Json, secrets: readonly string[]): Json {
  if (secrets.length === 0) return value;
  if (typeof value === 'string') return maskText(value, secrets);
  if (typeof value === 'number') {
    return maskText(String(value), secrets) === String(value) ? value : mask;
  }
  if (isJsonList(value)) return value.map((each) => withoutSecrets(each, secrets));
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [
      maskText(name, secrets),
      withoutSecrets(each, secrets),
    ]),
  );
}
