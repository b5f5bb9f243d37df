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
import type { Clock } from '../../base/ports.ts';
import type { HttpAction } from '../../model/code-action.ts';
import { AddressPolicy, type HttpPolicy, openPolicy } from '../../model/http-policy.ts';
import { outputBytesMax } from '../../model/output.ts';
import type { Dispatch } from '../../model/protocol.ts';
import type { Files } from '../files.ts';
import { jsonText } from '../output.ts';
import {
  failedWith,
  type RunEvent,
  type Runner,
  type RunningJob,
  type RunResult,
  succeeded,
} from '../runner.ts';
import { type Workspace, workspaceOf } from '../workspace.ts';
import { type Resolve, systemResolve } from './http-connector.ts';
import { type Exchange, exchange, type HttpOutcome, type HttpResponse } from './http-exchange.ts';
import { retryAfterMs } from './retry-after.ts';

export interface HttpTools {
  readonly clock: Clock;
  readonly files: Files;
  readonly dataDir: string;
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
      return new HttpJob({ tools: node, dispatch, action, observe });
    },
  };
}

interface HttpJobOptions {
  readonly tools: HttpNode;
  readonly dispatch: Dispatch;
  readonly action: HttpAction;
  readonly observe: (event: RunEvent) => void;
}

class HttpJob implements RunningJob {
  readonly #options: HttpJobOptions;
  #exchange: Exchange | undefined;
  #stopped = false;

  constructor(options: HttpJobOptions) {
    this.#options = options;
    const { tools, dispatch } = options;
    const space = workspaceOf(tools.dataDir, { id: dispatch.id, number: dispatch.attempt });
    if (!space.ok) {
      tools.clock.soon(() => this.#end(failedWith(space.error, { retryable: false })));
      return;
    }
    tools.files.makeDirectory(space.value.directory, (error) => this.#request(space.value, error));
  }

  /** A request has no polite end: both ways cut it off at once. */
  stop(): void {
    this.#stopped = true;
    this.#exchange?.abort();
  }

  #request(space: Workspace, error: string | undefined): void {
    if (this.#stopped) {
      this.#end(failedWith('stopped before it started', retry));
      return;
    }
    if (error !== undefined) {
      this.#end(failedWith(`no directory: ${error}`, retry));
      return;
    }
    this.#options.observe({ kind: 'started' });
    const { action, tools } = this.#options;
    this.#exchange = exchange(action, tools, (outcome) => {
      const log = logText(action, outcome);
      // The log is a courtesy: a task does not fail because it could not be written.
      tools.files.writeFile(space.stdout, log, () => {
        this.#end(resultOf(action, outcome, tools.clock.wallMs()));
      });
    });
  }

  #end(result: RunResult): void {
    this.#options.observe({ kind: 'ended', result });
  }
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

function logText(action: HttpAction, outcome: HttpOutcome): string {
  const request = `${action.method} ${withoutSecrets(action.url)}\n`;
  if (outcome.kind === 'failed') return `${request}${outcome.reason}\n`;
  return `${request}${responseText(outcome.response)}`;
}

function responseText({ status, reason, redirects, body, truncated }: HttpResponse): string {
  const hops = redirects.map((url) => `-> ${withoutSecrets(url)}\n`).join('');
  const cut = truncated ? `\n(cut after ${outputBytesMax} bytes)` : '';
  return `${hops}${status} ${reason}\n\n${new TextDecoder().decode(body)}${cut}\n`;
}

/** Names and passwords that stand in a URL do not belong into a log. */
function withoutSecrets(text: string): string {
  if (!URL.canParse(text)) return text;
  const url = new URL(text);
  url.username = '';
  url.password = '';
  return url.href;
}
