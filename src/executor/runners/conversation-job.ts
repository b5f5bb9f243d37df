/**
 * An attempt that is a conversation of this process with a server. There is no task that could
 * write its log, so what was said is written for it, once, when the conversation is over.
 */
import type { Clock } from '../../base/ports.ts';
import type { Dispatch } from '../../model/protocol.ts';
import type { Files } from '../files.ts';
import { failedWith, type RunEvent, type RunningJob, type RunResult } from '../runner.ts';
import { type Workspace, workspaceOf } from '../workspace.ts';

export interface ConversationTools {
  readonly clock: Clock;
  readonly files: Files;
  readonly dataDir: string;
}

/** What came of it. Neither part holds a secret. */
export interface Told {
  /** For the attempt's stdout. */
  readonly log: string;
  readonly result: RunResult;
}

export interface Conversation {
  /** Cuts it off; it is still told how it ended, once. */
  abort(): void;
}

interface ConversationOptions {
  readonly tools: ConversationTools;
  readonly dispatch: Dispatch;
  /** Calls `tell` exactly once, and never within this call. */
  readonly begin: (tell: (told: Told) => void) => Conversation;
  readonly observe: (event: RunEvent) => void;
}

export class ConversationJob implements RunningJob {
  readonly #options: ConversationOptions;
  #conversation: Conversation | undefined;
  #stopped = false;

  constructor(options: ConversationOptions) {
    this.#options = options;
    const { tools, dispatch } = options;
    const space = workspaceOf(tools.dataDir, { id: dispatch.id, number: dispatch.attempt });
    if (!space.ok) {
      tools.clock.soon(() => this.#end(failedWith(space.error, { retryable: false })));
      return;
    }
    tools.files.makeDirectory(space.value.directory, (error) => this.#begin(space.value, error));
  }

  /** A conversation has no polite end: both ways cut it off at once. */
  stop(): void {
    this.#stopped = true;
    this.#conversation?.abort();
  }

  #begin(space: Workspace, error: string | undefined): void {
    if (this.#stopped) {
      this.#end(failedWith('stopped before it started', retry));
      return;
    }
    if (error !== undefined) {
      this.#end(failedWith(`no directory: ${error}`, retry));
      return;
    }
    const { observe, begin, tools } = this.#options;
    observe({ kind: 'started' });
    this.#conversation = begin(({ log, result }) => {
      // The log is a courtesy: a task does not fail because it could not be written.
      tools.files.writeFile(space.stdout, log, () => this.#end(result));
    });
  }

  #end(result: RunResult): void {
    this.#options.observe({ kind: 'ended', result });
  }
}

const retry = { retryable: true } as const;

/** One that never began: this is what is told. */
export function notBegun(clock: Clock, told: Told, tell: (told: Told) => void): Conversation {
  clock.soon(() => tell(told));
  return { abort: () => {} };
}
