/** The state of an attempt in the signs that people know from tasks. */
export const attemptState = (state: string): string =>
  state === 'timed_out' || state === 'lost'
    ? 'failed'
    : state === 'preempted' || state === 'drained'
      ? 'up_for_retry'
      : state;
