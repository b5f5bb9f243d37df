/**
 * What a worker that stays does for the job of its call, because it is at the files anyway: it
 * makes the directory of the attempt, writes its context, and says its output instead of writing
 * it. Each of these would cost the executor a turn by way of its thread for files.
 */
import type { PlanHelp } from '../process-job.ts';
import type { Workspace } from '../workspace.ts';
import type { ServedCall } from './call.ts';

export class ServedHelp implements PlanHelp {
  readonly #work: string;
  #content: string | undefined;
  #output: string | undefined;

  constructor({ work }: Workspace) {
    this.#work = work;
  }

  get output(): string | undefined {
    return this.#output;
  }

  get context(): ServedCall['context'] {
    return this.#content === undefined ? null : { work: this.#work, content: this.#content };
  }

  takeContext(content: string): void {
    this.#content = content;
  }

  takeOutput(output: string): void {
    this.#output = output;
  }
}
