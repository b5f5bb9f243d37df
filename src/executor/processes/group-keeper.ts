/**
 * The keeper of the control groups: a shell that waits until the executor lets go of it, by closing
 * or by dying, and then kills what is left in the groups and removes them (`keeperScript`).
 */
import { keeperScript } from './scripts.ts';
import { StandingShell } from './standing-shell.ts';

export class GroupKeeper {
  readonly #shell: StandingShell;

  /** `parents` are directories whose children are groups. */
  constructor(parents: readonly string[]) {
    this.#shell = new StandingShell({
      args: ['-c', keeperScript, 'sh', ...parents],
      env: { LC_ALL: 'C', PATH: '/usr/bin:/bin' },
    });
  }

  /** Calls `done` when the groups are gone, or cannot be removed. */
  close(done: () => void): void {
    this.#shell.close(done);
  }
}
