/**
 * A newer version of this software wrote it, and this one cannot read it. Whoever meets it stops
 * and keeps what it has: to skip a part of the log would fork the state (P90).
 */
export class TooNew extends Error {
  override readonly name = 'TooNew';
}
