/**
 * Shows runs as they advance: on a terminal one line per task, redrawn in place; elsewhere one line
 * for every change, so that a log can be read afterwards.
 *
 * It owns what it has shown. It does not own the runs.
 */
import { formatDuration } from '../src/base/duration.ts';
import type { RunDetail, TaskDetail } from './api.ts';
import { type Paint, paintFor, paintState } from './paint.ts';

export class RunBoard {
  readonly #stream: NodeJS.WriteStream;
  readonly #paint: Paint;
  readonly #startMs = performance.now();
  readonly #shown = new Map<string, string>();
  /** Lines of the block that the next one overwrites. */
  #height = 0;
  #lines: readonly string[] = [];

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
    this.#paint = paintFor(stream);
  }

  /** A sentence of its own, above the block. */
  say(text: string): void {
    const time = this.#paint('gray', this.#time());
    this.#write([`${time}  ${text}`]);
  }

  show(runs: readonly RunDetail[]): void {
    const rows = runs.flatMap((run) => run.tasks.map((task) => ({ run, task })));
    const longest = (names: readonly string[]): number => Math.max(0, ...names.map(lengthOf));
    const dagWidth = longest(rows.map(({ run }) => run.dagId));
    const taskWidth = longest(rows.map(({ task }) => task.taskId));
    const lines = rows.map(({ run, task }) => {
      const name = `${run.dagId.padEnd(dagWidth)}  ${task.taskId.padEnd(taskWidth)}`;
      return `${name}  ${this.#line(task)}`.trimEnd();
    });
    if (this.#stream.isTTY === true) {
      this.#lines = lines.map((line) => `  ${line}`);
      this.#write([]);
      return;
    }
    for (const [place, { run, task }] of rows.entries()) {
      const key = `${run.runId} ${task.taskId}`;
      const what = `${task.state} ${nodeOf(task)} ${task.attempts.length}`;
      const before = this.#shown.get(key);
      this.#shown.set(key, what);
      if (before === what || (before === undefined && isWaiting(task))) continue;
      if (isWaiting(task) || task.state === 'queued') continue;
      this.#write([`${this.#time()}  ${lines[place]}`]);
    }
  }

  /** Leaves the block as it stands. */
  close(): void {
    this.#height = 0;
    this.#lines = [];
  }

  #line(task: TaskDetail): string {
    const state = paintState(this.#paint, task.state, task.state.padEnd(15));
    const again = task.attempts.length > 1 ? `  attempt ${task.attempts.length}` : '';
    const lasted = lastedMs(task);
    const time = lasted === null ? '' : formatDuration(lasted);
    return `${state}  ${nodeOf(task).padEnd(4)} ${time}${again}`;
  }

  #time(): string {
    return `${((performance.now() - this.#startMs) / 1000).toFixed(1).padStart(5)} s`;
  }

  #write(above: readonly string[]): void {
    const back = this.#height > 0 ? `\u001b[${this.#height}A\u001b[J` : '';
    const lines = [...above, ...this.#lines];
    this.#height = this.#lines.length;
    if (back !== '' || lines.length > 0) {
      this.#stream.write(back + lines.map((line) => `${line}\n`).join(''));
    }
  }
}

const lengthOf = ({ length }: string): number => length;

const isWaiting = ({ state }: TaskDetail): boolean => state === 'pending' || state === 'scheduled';

/** The node of the newest attempt. */
const nodeOf = ({ node, attempts }: TaskDetail): string => node ?? attempts.at(-1)?.node ?? '';

/** How long the newest attempt took, or has been running. */
function lastedMs({ attempts }: TaskDetail): number | null {
  const last = attempts.at(-1);
  if (last === undefined || last.startedAt === null) return null;
  return last.durationMs ?? Math.max(0, Date.now() - Date.parse(last.startedAt));
}
