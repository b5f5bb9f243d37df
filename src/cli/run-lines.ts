/** A change of a run as one line: time, task, state, node, how long it took, why. */
import { formatDuration } from '../base/duration.ts';
import type { RunChange } from './follow-run.ts';
import { clockText, pad, stateText, tame, widthOf } from './format.ts';
import { instanceName } from './instance-name.ts';
import type { Terminal } from './terminal.ts';

/** Task ids are padded to the longest one seen, up to this many characters. */
const widthMax = 32;

export class RunLines {
  readonly #terminal: Terminal;
  #width = 12;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  line(change: RunChange): string {
    const terminal = this.#terminal;
    const name =
      change.taskId === null
        ? terminal.paint('bold', 'run')
        : instanceName({ ...change, taskId: change.taskId });
    this.#width = Math.min(widthMax, Math.max(this.#width, widthOf(name)));
    const parts = [
      terminal.paint('gray', clockText(change.at)),
      pad(name, this.#width),
      pad(stateText(terminal, change.state), 15),
      pad(change.node ?? '', 8),
      change.durationMs === null ? '' : formatDuration(change.durationMs),
      change.attempt !== null && change.attempt > 1 ? `attempt ${change.attempt}` : '',
      change.reason === null ? '' : terminal.paint('gray', tame(change.reason)),
    ];
    return `${parts
      .filter((part) => part !== '')
      .join('  ')
      .trimEnd()}\n`;
  }
}
