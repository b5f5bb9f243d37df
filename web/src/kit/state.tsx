/** The state of a run or a task: a sign, a colour and a word. */
import type { ReactNode } from 'react';
import { stateWords } from './state-words.ts';
import { useWords } from './words.ts';
import './states.css';

export type AnyState = keyof typeof stateWords.en;

export const stateColor = (state: string): string => `var(--state-${state}, var(--state-pending))`;

const stroke = { fill: 'none', stroke: 'currentColor', strokeWidth: 1.8, strokeLinecap: 'round' };

/** Inside a box of 16 by 16. */
const signs: Readonly<Record<AnyState, ReactNode>> = {
  success: <path d="M4 8.5l2.7 2.7L12.2 5.5" />,
  failed: <path d="M5 5l6 6M11 5l-6 6" />,
  running: <path className="skein-turns" d="M13 8a5 5 0 1 1-3.4-4.7" />,
  queued: <path d="M5 6.5h6M5 9.5h6" />,
  scheduled: <path d="M8 4.8V8l2.3 1.6" />,
  pending: <circle cx="8" cy="8" r="1" />,
  deferred: <path d="M6.4 5.4v5.2M9.6 5.4v5.2" />,
  up_for_retry: <path d="M11.6 6.2A4.2 4.2 0 1 0 12 9M11.8 3.6v2.8H9" />,
  skipped: <path d="M4.5 5l3.2 3-3.2 3M8.5 5l3.2 3-3.2 3" />,
  upstream_failed: <path d="M8 11.5v-7M5.2 7L8 4.2 10.8 7" />,
  cancelled: <path d="M4.6 11.4l6.8-6.8" />,
  cancelling: <path d="M4.6 11.4l6.8-6.8" />,
  paused: <path d="M6.4 5.4v5.2M9.6 5.4v5.2" />,
};

const isKnown = (state: string): state is AnyState => Object.hasOwn(signs, state);

export function StateSign({
  state,
  size = 16,
}: {
  readonly state: string;
  readonly size?: number;
}) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 16 16"
      aria-hidden="true"
      style={{ color: stateColor(state) }}
      {...{ ...stroke, strokeLinecap: 'round' }}
    >
      {state !== 'running' && <circle cx="8" cy="8" r="6.8" strokeWidth="1.2" opacity=".45" />}
      {isKnown(state) ? signs[state] : signs.pending}
    </svg>
  );
}

/** A state in the language of the reader: for a text, where no sign can stand. */
export function useStateWord(): (state: string) => string {
  const w = useWords(stateWords);
  return (state) => (isKnown(state) ? w[state] : state);
}

export function StateLabel({ state }: { readonly state: string }) {
  const wordOf = useStateWord();
  return (
    <span className="skein-state" data-state={state}>
      <StateSign state={state} />
      {wordOf(state)}
    </span>
  );
}
