/**
 * Notices of a commit wait a moment: the next append says the same, and where one task follows
 * another it is near. To send both would wake every follower twice, at the very moment in which
 * the executor is to be woken.
 *
 * N1  A follower is told of a commit within `noticeDelayMs`, by an append or by its notice; where
 *     that is lost, by the next heartbeat.
 * N2  A notice that was overtaken by a change of leader is not sent.
 */
import type { NodeId } from '../base/brand.ts';
import type { Cancellable, Clock } from '../base/ports.ts';
import type { Send, SendAppend } from './types.ts';

/** Longer than the shortest task takes from its dispatch to the entry of its end. */
export const noticeDelayMs = 5;

export interface DriverNoticesOptions {
  readonly clock: Clock;
  readonly send: (notice: Send) => void;
}

export class DriverNotices {
  readonly #options: DriverNoticesOptions;
  #waiting: Send | undefined;
  #timer: Cancellable | undefined;

  constructor(options: DriverNoticesOptions) {
    this.#options = options;
  }

  /** A later one says more than one that still waits, and to as many. */
  hold(notice: Send): void {
    this.#waiting = notice;
    this.#timer ??= this.#options.clock.after(noticeDelayMs, () => this.#due());
  }

  /** An append carries the commit as well. */
  appended({ to }: Pick<SendAppend, 'to'>): void {
    const notice = this.#waiting;
    if (notice === undefined) return;
    const left = notice.to.filter((node: NodeId) => !to.includes(node));
    this.#waiting = left.length === 0 ? undefined : { ...notice, to: left };
  }

  /** N2. */
  forget(): void {
    this.#waiting = undefined;
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #due(): void {
    this.#timer = undefined;
    const notice = this.#waiting;
    this.#waiting = undefined;
    if (notice !== undefined) this.#options.send(notice);
  }
}
