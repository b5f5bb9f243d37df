/**
 * Joining: a node whose cluster exists already asks to be let in, until the leader says that it is
 * a member. It becomes a learner, gets the log or a snapshot, and is promoted when it has caught
 * up, if there are fewer voters than wanted.
 *
 * Owns: the question. Does not own: the decision (the leader's), or the identity file.
 */
import type { Wire } from '../actors/wire.ts';
import type { Cancellable, Clock } from '../base/ports.ts';
import {
  isMembersMessage,
  type LeaveCode,
  type MembersMessage,
  membersInbox,
} from './members-protocol.ts';

export interface JoiningOptions {
  readonly wire: Wire;
  readonly clock: Clock;
  readonly welcomed: () => void;
  readonly refused: (code: LeaveCode, why: string) => void;
}

const askMs = 500;

export class Joining {
  readonly #options: JoiningOptions;
  readonly #listener: Cancellable;
  #timer: Cancellable | undefined;

  constructor(options: JoiningOptions) {
    this.#options = options;
    this.#listener = options.wire.listen(membersInbox, (message) => {
      if (isMembersMessage(message)) this.#hear(message);
    });
    this.#ask();
  }

  stop(): void {
    this.#timer?.cancel();
    this.#listener.cancel();
  }

  #ask(): void {
    const { wire, clock } = this.#options;
    wire.send('all', membersInbox, 'control', { kind: 'join' });
    this.#timer = clock.after(askMs, () => this.#ask());
  }

  #hear(message: MembersMessage): void {
    if (message.kind === 'welcome') {
      this.stop();
      this.#options.welcomed();
    } else if (
      message.kind === 'leave' &&
      message.incarnation === this.#options.wire.self.incarnation
    ) {
      this.stop();
      this.#options.refused(message.code, message.why);
    }
  }
}
