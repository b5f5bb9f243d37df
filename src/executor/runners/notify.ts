/**
 * Tells a channel one message, by one request. Nothing of the request is written down: its address
 * is a secret as a rule. What the channel answered is, without secrets and parts of them.
 */
import { assert } from '../../base/assert.ts';
import { fail, ok, type Result } from '../../base/result.ts';
import { AddressPolicy, openPolicy } from '../../model/http-policy.ts';
import { type Json, parseJson } from '../../model/json.ts';
import type { NotifyAction } from '../../model/message-action.ts';
import { attemptKey, instanceKey } from '../attempt-key.ts';
import { type Channel, cutBytes, type Message, objectIn } from '../channels/channel.ts';
import { channels } from '../channels/channels.ts';
import { type OpenSettings, openSettings } from '../opened-settings.ts';
import { failedWith, type Runner, type RunResult, succeeded, type Work } from '../runner.ts';
import { maskText, secretForms } from '../secret-forms.ts';
import { type Conversation, ConversationJob, notBegun, type Told } from './conversation-job.ts';
import type { HttpTools } from './http.ts';
import type { Outgoing } from './http-auth.ts';
import { type Resolve, systemResolve } from './http-connector.ts';
import { exchange, type HttpOutcome, type HttpResponse } from './http-exchange.ts';
import { retryAfterMs } from './retry-after.ts';

export function notifyRunner(tools: HttpTools, resolve: Resolve = systemResolve): Runner {
  const policy = new AddressPolicy(tools.httpPolicy ?? openPolicy);
  return {
    start(dispatch, observe) {
      const { action } = dispatch;
      assert(action.kind === 'notify', 'the registry gives each runner its own kind');
      const begin = (tell: (told: Told) => void): Conversation => {
        const made = sending(dispatch, action, tools.clock.wallMs());
        if (!made.ok) {
          const error = { retryable: false, errorClass: 'request_invalid' };
          const told = { log: `${made.error}\n`, result: failedWith(made.error, error) };
          return notBegun(tools.clock, told, tell);
        }
        const { request } = made.value;
        return exchange(request, { policy, resolve }, (outcome) =>
          tell(toldOf(made.value, outcome, tools.clock.wallMs())),
        );
      };
      return new ConversationJob({ tools, dispatch, begin, observe });
    },
  };
}

interface Sending {
  readonly kind: string;
  /** What it is called in the log. */
  readonly name: string;
  readonly channel: Channel;
  readonly request: Outgoing;
  readonly hidden: readonly string[];
}

/** The error is a sentence that holds nothing of the connection but its name and kind. */
function sending(work: Work, action: NotifyAction, at: Message['at']): Result<Sending, string> {
  const { connection } = action;
  const settings = openSettings(work, connection);
  const { kind = 'none' } = settings;
  const channel = channels.get(kind);
  if (channel === undefined) {
    const known = [...channels.keys()].join(', ');
    return fail(`connection "${connection}" is of kind ${kind}, which is no channel (${known})`);
  }
  const post = channel.post(messageOf(work, action, at), settings);
  if (!post.ok) return fail(`connection "${connection}": ${post.error}`);
  const { url, method = 'POST', headers = {}, body } = post.value;
  if (!URL.canParse(url) || !/^https?:/i.test(url)) {
    return fail(`connection "${connection}": its url is no http:// or https:// address`);
  }
  const request: Outgoing = {
    ...{ method, url, successStatus: [], redirects: 0, body: JSON.stringify(body) },
    headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
  };
  const hidden = [...(work.opened?.secrets ?? []), ...partsOf(settings)];
  return ok({ kind, name: `${kind} "${connection}"`, channel, request, hidden });
}

function messageOf(work: Work, action: NotifyAction, at: Message['at']): Message {
  const { id, dagId, attempt } = work;
  const { namespace, runId, taskId, mapIndex } = id;
  const { title, severity, details } = action;
  return {
    ...{ title, text: action.message, severity, details, at },
    source: { namespace, dagId, runId, taskId, mapIndex, attempt },
    instance: instanceKey(id),
    key: attemptKey(id),
  };
}

/** An address that is a secret: a server may repeat the part of it that makes it one. */
function partsOf({ url = '' }: OpenSettings): readonly string[] {
  if (!URL.canParse(url)) return [];
  const { pathname, search, searchParams } = new URL(url);
  const pieces = [...pathname.split('/'), ...searchParams.values()];
  const telling = pieces.filter((piece) => piece.length >= tellingLengthMin);
  const whole = `${pathname}${search}`;
  return secretForms([...(whole.length >= tellingLengthMin ? [whole] : []), ...telling]) ?? [];
}

/** Shorter pieces are words such as `services`. */
const tellingLengthMin = 12;

function toldOf(
  { kind, name, channel, hidden }: Sending,
  outcome: HttpOutcome,
  now: Message['at'],
): Told {
  if (outcome.kind === 'failed') {
    const reason = outcome.errorClass === 'too_many_redirects' ? redirectedAway : outcome.reason;
    const error = maskText(`${name}: ${reason}`, hidden);
    return { log: `${error}\n`, result: failedWith(error, outcome) };
  }
  const { response } = outcome;
  const { status, reason } = response;
  const text = new TextDecoder().decode(response.body);
  const said = cutBytes(maskText(text, hidden), saidBytesMax);
  const log = `${name}\n${status} ${maskText(reason, hidden)}\n\n${said}\n`;
  const json = parseJson(text);
  const answer = objectIn(json.ok ? json.value : undefined);
  const flaw = flawOf(channel, response, answer);
  if (flaw === undefined) {
    const id = channel.id?.(answer);
    const output: Json = { channel: kind, status, ...(id !== undefined && { id }) };
    return { log, result: succeeded(maskText(JSON.stringify(output), hidden)) };
  }
  const told = maskText(`${name}: ${flaw.message}`, hidden);
  const waitMs = retryAfterMs(response, now);
  const result: RunResult = failedWith(told, flaw);
  return { log, result: waitMs === undefined ? result : { ...result, retryAfterMs: waitMs } };
}

const redirectedAway = 'the server redirects; a message is sent to the address as it is';
/** Of an answer, for the log. */
const saidBytesMax = 4096;

function flawOf(channel: Channel, { status }: HttpResponse, answer: ReturnType<typeof objectIn>) {
  if (status < 200 || status > 299) {
    const retryable = status >= 500 || passing.has(status);
    return { message: `the server answered ${status}`, retryable, errorClass: `http_${status}` };
  }
  const refused = channel.refused?.(answer);
  if (refused === undefined) return undefined;
  const { reason, retryable } = refused;
  return { message: `it was not taken: ${reason}`, retryable, errorClass: 'refused' };
}

/** What is wrong with the message or its address will be wrong the next time; these pass. */
const passing: ReadonlySet<number> = new Set([408, 425, 429]);
