/**
 * Makes an HTTP request. Its status decides how the task ends; a response body of at most 64 KiB
 * becomes the output: as it is if it is JSON, as one text otherwise. What happened is written to
 * the attempt's stdout.
 *
 * Whoever may apply a DAG may run commands on the nodes, where the same addresses can be reached. A
 * request is checked all the same (`model/http-policy.ts`), because its address is often put
 * together from what others say: params, outputs, and the answers of servers, which redirect.
 */
import { assert } from '../../base/assert.ts';
import type { WallMs } from '../../base/brand.ts';
import type { HttpAction } from '../../model/code-action.ts';
import { AddressPolicy, type HttpPolicy, openPolicy } from '../../model/http-policy.ts';
import { outputBytesMax } from '../../model/output.ts';
import { openSettings } from '../opened-settings.ts';
import { jsonText } from '../output.ts';
import { failedWith, type Runner, type RunResult, succeeded, type Work } from '../runner.ts';
import { maskBytes, maskText, withoutCutEnd } from '../secret-forms.ts';
import { shownUrl } from '../shown-url.ts';
import {
  type Conversation,
  ConversationJob,
  type ConversationTools,
  notBegun,
  type Told,
} from './conversation-job.ts';
import { type Outgoing, prepared } from './http-auth.ts';
import { type Resolve, systemResolve } from './http-connector.ts';
import { exchange, type HttpOutcome, type HttpResponse } from './http-exchange.ts';
import { retryAfterMs } from './retry-after.ts';

export interface HttpTools extends ConversationTools {
  /** Where requests may go; absent: `openPolicy`. */
  readonly httpPolicy?: HttpPolicy;
}

/** What all requests of a node share. */
interface HttpNode extends HttpTools {
  readonly policy: AddressPolicy;
  readonly resolve: Resolve;
}

export function httpRunner(tools: HttpTools, resolve: Resolve = systemResolve): Runner {
  const policy = new AddressPolicy(tools.httpPolicy ?? openPolicy);
  const node = { ...tools, policy, resolve };
  return {
    start(dispatch, observe) {
      const { action } = dispatch;
      assert(action.kind === 'http', 'the registry gives each runner its own kind');
      const begin = (tell: Tell) => request({ work: dispatch, action, node }, tell);
      return new ConversationJob({ tools, dispatch, begin, observe });
    },
  };
}

type Tell = (told: Told) => void;

function request(
  {
    work,
    action,
    node,
  }: { readonly work: Work; readonly action: HttpAction; readonly node: HttpNode },
  tell: Tell,
): Conversation {
  const { auth } = action;
  const settings = auth?.kind === 'connection' ? openSettings(work, auth.name) : {};
  const made = prepared(action, settings);
  if (!made.ok) {
    const result = failedWith(made.error, { retryable: false, errorClass: 'request_invalid' });
    return notBegun(node.clock, { log: `${made.error}\n`, result }, tell);
  }
  const { request, hidden } = made.value;
  const forms = [...hidden, ...(work.opened?.secrets ?? [])];
  return exchange(request, node, (answer) => {
    const outcome = masked(answer, forms);
    const log = maskText(logText(request, outcome), forms);
    tell({ log, result: resultOf(action, outcome, node.clock.wallMs()) });
  });
}

/** What a server says may hold what it was told. */
function masked(outcome: HttpOutcome, forms: readonly string[]): HttpOutcome {
  if (forms.length === 0) return outcome;
  if (outcome.kind === 'failed') return { ...outcome, reason: maskText(outcome.reason, forms) };
  const { response } = outcome;
  const bytes = maskBytes(response.body, forms);
  const body = response.truncated ? withoutCutEnd(bytes, forms) : bytes;
  return { ...outcome, response: { ...response, body } };
}

const retry = { retryable: true } as const;

function resultOf(action: HttpAction, outcome: HttpOutcome, now: WallMs): RunResult {
  if (outcome.kind === 'failed') return failedWith(outcome.reason, outcome);
  const { response } = outcome;
  const { status, body, truncated } = response;
  if (isSuccess(action, status)) return succeeded(truncated ? null : outputOf(body));
  const result = failedWith(`the server answered ${status}`, {
    ...retry,
    errorClass: `http_${status}`,
  });
  const waitMs = action.retryAfter === false ? undefined : retryAfterMs(response, now);
  return waitMs === undefined ? result : { ...result, retryAfterMs: waitMs };
}

/** JSON as it is; other text as one JSON text, if that is short enough; nothing of the rest. */
function outputOf(body: Uint8Array): string | null {
  if (body.length === 0) return null;
  const json = jsonText(body);
  if (json !== undefined) return json;
  try {
    const text = JSON.stringify(new TextDecoder('utf-8', { fatal: true }).decode(body));
    return Buffer.byteLength(text) > outputBytesMax ? null : text;
  } catch {
    return null;
  }
}

const isSuccess = (action: HttpAction, status: number): boolean =>
  action.successStatus.length === 0
    ? status >= 200 && status <= 299
    : action.successStatus.includes(status);

function logText({ method, url }: Outgoing, outcome: HttpOutcome): string {
  const asked = `${method} ${shownUrl(url)}\n`;
  if (outcome.kind === 'failed') return `${asked}${outcome.reason}\n`;
  return `${asked}${responseText(outcome.response)}`;
}

function responseText({ status, reason, redirects, body, truncated }: HttpResponse): string {
  const hops = redirects.map((url) => `-> ${shownUrl(url)}\n`).join('');
  const cut = truncated ? `\n(cut after ${outputBytesMax} bytes)` : '';
  return `${hops}${status} ${reason}\n\n${new TextDecoder().decode(body)}${cut}\n`;
}
