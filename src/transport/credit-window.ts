/**
 * How much of what was sent the other side has certainly read.
 *
 * Job: say when to stop and when to ask. Owns: two counts of bytes. Does not: send or ask.
 *
 * Credit is given back in the portions in which confirmation was asked for. What was asked before a
 * `reset` gives nothing back after it.
 */
export interface CreditOptions {
  /** Unconfirmed bytes beyond which nothing is admitted. */
  readonly limitBytes: number;
  /** A confirmation is due after this many bytes. */
  readonly confirmEveryBytes: number;
}

/** What one confirmation gives back. */
export interface CreditClaim {
  readonly bytes: number;
  readonly era: number;
}

export class CreditWindow {
  readonly #options: CreditOptions;
  #unconfirmedBytes = 0;
  #unclaimedBytes = 0;
  #era = 0;

  constructor(options: CreditOptions) {
    this.#options = options;
  }

  /** False when the window is full: the message is not to be sent. */
  admit(bytes: number): boolean {
    if (this.#unconfirmedBytes + bytes > this.#options.limitBytes) return false;
    this.#unconfirmedBytes += bytes;
    this.#unclaimedBytes += bytes;
    return true;
  }

  /** What to ask confirmation for, now; undefined when it is too early. */
  claim(): CreditClaim | undefined {
    if (this.#unclaimedBytes < this.#options.confirmEveryBytes) return undefined;
    const claim = { bytes: this.#unclaimedBytes, era: this.#era };
    this.#unclaimedBytes = 0;
    return claim;
  }

  confirm(claim: CreditClaim): void {
    if (claim.era === this.#era) this.#unconfirmedBytes -= claim.bytes;
  }

  /** There is a new connection, on which nothing is under way. */
  reset(): void {
    this.#era++;
    this.#unconfirmedBytes = 0;
    this.#unclaimedBytes = 0;
  }
}
