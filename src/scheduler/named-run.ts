/** What of the past a command is about: whoever brings it to the leader asks the ledger first. */
import type { DagId, Namespace, RunId } from '../base/brand.ts';
import type { DatedRun } from '../model/backfill.ts';
import type { Command } from '../model/command.ts';
import type { EndedRun } from '../model/ended-run.ts';
import type { ReadonlyState } from '../model/readonly-state.ts';

export interface NamedRun {
  readonly namespace: Namespace;
  readonly runId: RunId;
}

/** The run that a command names by id, which may have ended and left memory. */
export function namedRun(command: Command, state: ReadonlyState): NamedRun | undefined {
  switch (command.kind) {
    case 'start-run': {
      const { namespace, runId } = command;
      return runId === null ? undefined : { namespace, runId };
    }
    case 'cancel-run':
    case 'rerun':
    case 'decide-approval':
    case 'mark-tasks':
    case 'pause-run':
    case 'edit-run':
    case 'compensate-run':
      return { namespace: command.namespace, runId: command.runId };
    case 'settle-letter': {
      const letter = state.named('letter', command.namespace, command.letterId);
      const replay = command.how === 'replay' ? letter?.replay : undefined;
      const isPlain = replay !== undefined && replay.kind !== 'settle-letter';
      return isPlain ? namedRun(replay, state) : undefined;
    }
    default:
      return undefined;
  }
}

/** Whether the run has run and ended once more since the ledger was asked for it. */
export function isOutdated(
  command: Command,
  ended: EndedRun | null,
  state: ReadonlyState,
): boolean {
  const named = namedRun(command, state);
  const generation = named && state.endedLately(named.namespace, named.runId);
  return generation !== undefined && (ended?.run.generation ?? 0) < generation;
}

export interface DatesAsked {
  readonly namespace: Namespace;
  readonly dagId: DagId;
  readonly from: number;
  readonly to: number;
}

/** The logical dates whose runs a command asks about. */
export function datesAsked(command: Command): DatesAsked | undefined {
  if (command.kind !== 'start-backfill' || command.only === 'all') return undefined;
  const { namespace, dagId, from, to } = command;
  return { namespace, dagId, from, to };
}

/** Runs of such dates that have not ended. */
export function livingRuns(state: ReadonlyState, asked: DatesAsked): readonly DatedRun[] {
  const found: DatedRun[] = [];
  for (const { run } of state.runs()) {
    const { namespace, dagId, logicalDate } = run;
    if (namespace !== asked.namespace || dagId !== asked.dagId || logicalDate === null) continue;
    if (logicalDate < asked.from || logicalDate > asked.to) continue;
    found.push({ logicalDate, status: null });
  }
  return found;
}

/** Whether the command brings more rows than it takes away, or lets more of them come. */
export function isNewWork(command: Command): boolean {
  switch (command.kind) {
    case 'apply-dag':
    case 'start-run':
    case 'rerun':
    case 'put-pool':
    case 'put-variable':
    case 'put-calendar':
    case 'mark-tasks':
    case 'edit-run':
    case 'compensate-run':
    case 'start-backfill':
    case 'start-canary':
    case 'outside-events':
      return true;
    case 'settle-letter':
      return command.how === 'replay';
    case 'change-backfill':
      return command.to === 'running';
    default:
      return false;
  }
}
