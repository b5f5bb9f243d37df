/** Long walks over rows stop now and then, so that who takes the steps can do something else. */

/** Rows between two stops: one or two milliseconds. */
const rowsPerStep = 1_000;

/** `for (…) { …; if (rest.isDue()) yield; }` */
export class Rest {
  #rows = 0;

  /** Counts what was done; true when it is time to stop for a moment. */
  isDue(rows = 1): boolean {
    this.#rows += rows;
    if (this.#rows < rowsPerStep) return false;
    this.#rows = 0;
    return true;
  }
}
