/**
 * Makes an HTTP request. Its status decides how the task ends; a response body of at most 64 KiB
 * that is JSON becomes the output. What happened is written to the attempt's stdout.
 *
 * There is no policy about addresses: whoever may apply a DAG may run commands on the nodes, so a
 * request to an internal address gives no right that is not there already. Where nodes reach what
 * authors must not, the network has to say so.
 */
import { assert } from '../../base/assert.ts';
import type { Clock } from '../../base/ports.ts';
import { outputBytesMax } from '../../model/output.ts';
import type { Dispatch } from '../../model/protocol.ts';
import type { Files } from '../files.ts';
import { jsonText } from '../output.ts';
import {
  type ActionOf,
  failedWith,
  type RunEvent,
  type Runner,
  type RunningJob,
  type RunResult,
  succeeded,
} from '../runner.ts';
import { type Workspace, workspaceOf } from '../workspace.ts';
import { type Exchange, exchange, type HttpOutcome, type HttpResponse } from './http-exchange.ts';

export interface HttpTools {
  readonly clock: Clock;
  readonly files: Files;
  readonly dataDir: string;
}

export const httpRunner = (tools: HttpTools): Runner => ({
  start(dispatch, observe) {
    const { action } = dispatch;
    assert(action.kind === 'http', 'the registry gives each runner its own kind');
    return new HttpJob({ tools, dispatch, action, observe });
  },
});

interface HttpJobOptions {
  readonly tools: HttpTools;
  readonly dispatch: Dispatch;
  readonly action: ActionOf<'http'>;
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
    const { action } = this.#options;
    this.#exchange = exchange(action, (outcome) => {
      const log = logText(action, outcome);
      // The log is a courtesy: a task does not fail because it could not be written.
      this.#options.tools.files.writeFile(space.stdout, log, () => {
        this.#end(resultOf(action, outcome));
      });
    });
  }

  #end(result: RunResult): void {
    this.#options.observe({ kind: 'ended', result });
  }
}

const retry = { retryable: true } as const;

function resultOf(action: ActionOf<'http'>, outcome: HttpOutcome): RunResult {
  if (outcome.kind === 'failed') {
    const { reason, retryable } = outcome;
    return failedWith(reason, { retryable, ...(retryable && { errorClass: 'connection' }) });
  }
  const { status, body, truncated } = outcome.response;
  if (!isSuccess(action, status)) {
    return failedWith(`the server answered ${status}`, { ...retry, errorClass: `http_${status}` });
  }
  return succeeded(truncated ? null : (jsonText(body) ?? null));
}

const isSuccess = (action: ActionOf<'http'>, status: number): boolean =>
  action.successStatus.length === 0
    ? status >= 200 && status <= 299
    : action.successStatus.includes(status);

function logText(action: ActionOf<'http'>, outcome: HttpOutcome): string {
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
