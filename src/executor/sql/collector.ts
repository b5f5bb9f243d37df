/**
 * Keeps the rows of the last statement that gives any, up to limits of rows and bytes. What is over
 * is counted, not kept; the task then fails, and its transaction is undone.
 */
import { outputBytesMax } from '../../model/output.ts';
import type { Row, Rows } from './session.ts';

/** For the names and brackets around the rows. */
const frameBytes = 64;

export class Collector implements Rows {
  readonly #rowsMax: number;
  readonly #over: (why: string) => void;
  #rows: string[] = [];
  #bytes = frameBytes;
  #why: string | undefined;

  /** `over` is called once, when a limit is passed; its sentence is `why`. */
  constructor(rowsMax: number, over: (why: string) => void) {
    this.#rowsMax = rowsMax;
    this.#over = over;
  }

  get why(): string | undefined {
    return this.#why;
  }

  restart(): void {
    this.#rows = [];
    this.#bytes = frameBytes;
  }

  take(row: Row): void {
    if (this.#why !== undefined) return;
    if (this.#rows.length >= this.#rowsMax) {
      this.#end(`it gives more than ${this.#rowsMax} rows: add a LIMIT, or say \`maxRows\``);
      return;
    }
    const json = JSON.stringify(row);
    this.#bytes += Buffer.byteLength(json) + 1;
    if (this.#bytes > outputBytesMax) {
      this.#end(`its rows are more than ${outputBytesMax} bytes: say \`output: none\`, or fewer`);
      return;
    }
    this.#rows.push(json);
  }

  #end(why: string): void {
    this.#why = why;
    this.#rows = [];
    this.#over(why);
  }

  /** `{"rows": […], "rowCount": 3}` */
  outputText(rowCount: number): string {
    return `{"rows":[${this.#rows.join(',')}],"rowCount":${rowCount}}`;
  }
}
