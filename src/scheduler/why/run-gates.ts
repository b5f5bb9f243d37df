/** Gates of the run: whether it has begun, is paused, or is being stopped. */
import { dagKey } from '../../model/keys.ts';
import type { RunRow } from '../../model/run.ts';
import type { GateView } from '../../model/views/why.ts';
import { whyLimits } from '../../model/views/why.ts';
import { byPriority } from '../advance.ts';
import { isUnderWay } from '../instance.ts';
import { allHeldBack, heldBack, othersOf } from '../overlap.ts';
import { allRunsClosed, type RunsClosed } from '../quotas.ts';
import {
  byEvent,
  byPerson,
  byTime,
  countText,
  gate,
  inNamespace,
  instant,
  namesText,
} from './gate.ts';
import type { Look, Subject } from './look.ts';

export function runGates(look: Look, { run, spec }: Subject): readonly GateView[] {
  const { runId, namespace } = run;
  const gates: GateView[] = run.status === 'queued' ? [...queueGates(look, run)] : [];
  if (run.isPaused === true) {
    const command = `skein resume ${runId}${inNamespace(namespace)}`;
    gates.push(
      gate('RUN_PAUSED', `run ${runId} is paused`, { runId }, byPerson('resume it', command)),
    );
  }
  if (run.status !== 'queued' && !isUnderWay(run, spec)) {
    const text = `run ${runId} is being stopped, and begins nothing more`;
    gates.push(gate('RUN_STOPPING', text, { runId, state: run.status }, byPerson('run it again')));
  }
  return gates;
}

/** What keeps a run in the queue. */
export function* queueGates(look: Look, run: RunRow): Iterable<GateView> {
  const { turn } = look;
  const { namespace, dagId } = run;
  const { runs } = turn.board;
  const most = turn.board.planOf(run).spec.activeRunsMax;
  const used = runs.running(namespace, dagId);
  const isDagFull = used >= most;
  if (isDagFull) {
    const active = [...runs.begun(dagKey(namespace, dagId))].map(({ runId }) => runId);
    const text = `DAG ${dagId} has ${used} of ${most} active runs: ${namesText(active, used)}`;
    const values = { dagId, used, most, runs: active.slice(0, whyLimits.namesShown) };
    yield gate('DAG_RUNS_FULL', text, values, byEvent('when one of them ends'));
  }
  const closed = [...allRunsClosed(turn, namespace)];
  for (const each of closed) yield quotaGate(look, namespace, each);
  for (const why of allHeldBack(turn, run, () => othersOf(turn, run))) {
    yield gate('RUN_HELD_BACK', `run ${run.runId} ${why}`, { why }, byEvent('when that is over'));
  }
  if (!isDagFull && closed.length === 0) return;
  const first = runsFirst(look, run, closed.length > 0);
  if (first.length === 0) return;
  const names = first.map(({ runId }) => runId);
  const text = `${countText(first.length, 'run')} that ${first.length === 1 ? 'waits' : 'wait'} \
too ${first.length === 1 ? 'begins' : 'begin'} first: ${namesText(names)}`;
  const values = { count: first.length, runs: names.slice(0, whyLimits.namesShown) };
  yield gate('RUNS_FIRST', text, values, byEvent('when they have begun'));
}

function quotaGate({ turn }: Look, namespace: string, closed: RunsClosed): GateView {
  const set = `skein namespace set ${namespace}`;
  if (closed.kind === 'active-runs') {
    const { used, most } = closed;
    const text = `the quota of namespace ${namespace} has ${used} of ${most} active runs`;
    const opens = byEvent('when a run of the namespace ends', `${set} --active-runs ${used + 1}`);
    return gate('QUOTA_ACTIVE_RUNS', text, { namespace, used, most }, opens);
  }
  const { most, opensAt } = closed;
  const text = `${countText(most, 'run')} of namespace ${namespace} began within the last minute, \
as many as its quota lets begin`;
  const at = instant(opensAt);
  const command = `${set} --runs-per-minute ${most + 1}`;
  const opens = at === null ? byPerson('raise the quota', command) : byTime(at, turn.at);
  return gate('QUOTA_RUNS_PER_MINUTE', text, { namespace, most }, { ...opens, command });
}

/** Queued runs that would take the place that comes free: of its DAG, or of the namespace. */
function runsFirst({ turn }: Look, run: RunRow, isQuotaClosed: boolean): readonly RunRow[] {
  const { runs } = turn.board;
  const own = dagKey(run.namespace, run.dagId);
  const first: RunRow[] = [];
  const keys = isQuotaClosed ? runs.waitingDags(run.namespace) : [own];
  for (const key of keys) {
    for (const each of byPriority(runs.queued(key))) {
      if (each.runId === run.runId) return first;
      const { activeRunsMax } = turn.board.planOf(each).spec;
      const hasRoom = key === own || runs.running(each.namespace, each.dagId) < activeRunsMax;
      if (hasRoom && heldBack(turn, each, () => othersOf(turn, each)) === undefined)
        first.push(each);
    }
  }
  return first;
}
