/**
 * A run as its users see it: created once, advancing by itself, cancelled and taken up again.
 *
 * Nobody asks for what a run does by itself, so its history has gaps. The state is therefore the
 * set of all statuses that the run may have reached by now; an answer narrows it, and what cannot
 * be reached from there is a contradiction. That makes a deterministic model of it.
 */
import { unreachable } from '../../src/base/assert.ts';
import type { RunStatus } from '../../src/model/run.ts';
import type { Model } from './model.ts';

export type RunInput =
  /** `requestId` is what makes it repeatable: creating under the same one again changes nothing. */
  | { readonly kind: 'create'; readonly requestId: string }
  | { readonly kind: 'cancel' }
  | { readonly kind: 'rerun' }
  | { readonly kind: 'get' };

export type RunOutput =
  /** It took effect, or there was nothing left to do. */
  | { readonly kind: 'done' }
  /** There is such a run already, of another request. */
  | { readonly kind: 'exists' }
  /** Refused because the run has ended. */
  | { readonly kind: 'ended' }
  /** Refused because the run has not ended. */
  | { readonly kind: 'active' }
  /** There is no such run. */
  | { readonly kind: 'missing' }
  | {
      readonly kind: 'run';
      readonly status: RunStatus;
      /** 1, and one more with every rerun; null if the reader was not told. */
      readonly generation: number | null;
    };

/** `stopping`: its time is up; people see it as `cancelling`, but it ends as `failed`. */
const places = [
  'absent',
  'queued',
  'running',
  'stopping',
  'cancelling',
  'success',
  'failed',
  'cancelled',
] as const;

type Place = (typeof places)[number];

/** A set of places, one bit each; closed under what a run does by itself. */
type Places = number;

export interface RunState {
  readonly places: Places;
  /** Who created it; null: nobody who is known. */
  readonly requestId: string | null;
  readonly generation: number;
}

const setOf = (...members: readonly Place[]): Places =>
  members.reduce((all, place) => all | (1 << places.indexOf(place)), 0);

/** Where a run goes by itself. */
const goesTo: Readonly<Record<Place, Places>> = {
  absent: 0,
  queued: setOf('running'),
  running: setOf('stopping', 'success', 'failed'),
  stopping: setOf('failed'),
  cancelling: setOf('cancelled'),
  success: 0,
  failed: 0,
  cancelled: 0,
};

/** Where a cancel takes it. */
const cancelTakes: Readonly<Partial<Record<Place, Place>>> = {
  queued: 'cancelled',
  running: 'cancelling',
  stopping: 'stopping',
  cancelling: 'cancelling',
};

const live = setOf('queued', 'running', 'stopping', 'cancelling');
const ended = setOf('success', 'failed', 'cancelled');
const absent = setOf('absent');

const shownAs = (status: RunStatus): Places =>
  status === 'cancelling' ? setOf('cancelling', 'stopping') : setOf(status);

/** `madeElsewhere`: nobody in the history created it, a schedule did, or somebody unknown. */
export function runModel(options: {
  readonly madeElsewhere: boolean;
}): Model<RunState, RunInput, RunOutput> {
  const first = options.madeElsewhere ? absent | settled(setOf('queued')) : absent;
  return {
    initial: { places: first, requestId: null, generation: 1 },
    step,
    keyOf: ({ places: set, requestId, generation }) =>
      `${namesOf(set).join('|')} ${requestId ?? '-'} ${generation}`,
    readsOnly: ({ kind }) => kind === 'get',
    describe,
  };
}

function step(state: RunState, input: RunInput, output: RunOutput | null): RunState | undefined {
  switch (output?.kind) {
    case 'missing':
      return input.kind === 'create' ? undefined : narrowed(state, absent);
    case 'ended':
      return input.kind === 'cancel' ? narrowed(state, ended) : undefined;
    case 'active':
      return input.kind === 'rerun' ? narrowed(state, live) : undefined;
    case 'exists':
      return input.kind === 'create' ? existing(state, input.requestId) : undefined;
    case 'run':
      return input.kind === 'get' ? shown(state, output) : undefined;
    default:
      return done(state, input);
  }
}

function done(state: RunState, input: RunInput): RunState | undefined {
  switch (input.kind) {
    case 'create': {
      const { requestId } = input;
      if (state.requestId === requestId) return state;
      if (state.requestId !== null || (state.places & absent) === 0) return undefined;
      return { ...state, requestId, places: settled(setOf('queued')) };
    }
    case 'cancel': {
      const taken = namesOf(state.places & live).map((place) => cancelTakes[place] ?? place);
      return taken.length === 0 ? undefined : { ...state, places: settled(setOf(...taken)) };
    }
    case 'rerun': {
      if ((state.places & ended) === 0) return undefined;
      const generation = state.generation + 1;
      return { ...state, generation, places: settled(setOf('queued')) };
    }
    case 'get':
      return undefined;
    default:
      return unreachable(input);
  }
}

function existing(state: RunState, requestId: string): RunState | undefined {
  return state.requestId === requestId ? undefined : narrowed(state, live | ended);
}

function shown(
  state: RunState,
  { status, generation }: Extract<RunOutput, { readonly kind: 'run' }>,
): RunState | undefined {
  if (generation !== null && generation !== state.generation) return undefined;
  return narrowed(state, shownAs(status));
}

/** The run was in one of `within`, and may have gone on since. */
function narrowed(state: RunState, within: Places): RunState | undefined {
  const left = state.places & within;
  if (left === 0) return undefined;
  // Somebody unknown may create later what was absent now.
  if ((left & absent) !== 0) return state;
  return { ...state, places: settled(left) };
}

/** Everything that can be reached from `set` without anybody asking. */
function settled(set: Places): Places {
  const more = namesOf(set).reduce((all, place) => all | goesTo[place], set);
  return more === set ? set : settled(more);
}

const namesOf = (set: Places): readonly Place[] =>
  places.filter((_, at) => (set & (1 << at)) !== 0);

function describe(input: RunInput, output: RunOutput | null): string {
  const asked = input.kind === 'create' ? `create by ${input.requestId}` : input.kind;
  if (output === null) return `${asked}: ?`;
  if (output.kind !== 'run') return `${asked}: ${output.kind}`;
  const { status, generation } = output;
  return `${asked}: ${status}${generation === null ? '' : `, generation ${generation}`}`;
}
