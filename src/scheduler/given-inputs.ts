/**
 * The artifacts that an attempt is given: those of the last success of each task that its inputs
 * name. A function of committed rows, so a dispatch that is sent again says the same.
 */
import { fail, ok, type Result } from '../base/result.ts';
import {
  type Artifact,
  type ArtifactInput,
  type ArtifactObject,
  artifactLimits,
  plainPath,
} from '../model/artifact.ts';
import type { TaskSpec } from '../model/dag.ts';
import { mapKey } from '../model/keys.ts';
import { largeOutput } from '../model/output.ts';
import type { LiveRun } from '../model/readonly-state.ts';
import { itemAt, type Place, rowAt } from './live-values.ts';
import type { ScopeSource } from './scope-of.ts';

/**
 * Of a mapped task, seen from outside its map, there is one for each instance that has left it:
 * `path/0`, `path/1`. The error is a sentence that names the input.
 */
export function givenInputs(
  { board }: Pick<ScopeSource, 'board'>,
  live: LiveRun,
  { inputs, at }: { readonly inputs: NonNullable<TaskSpec['inputs']>; readonly at: Place },
): Result<readonly ArtifactInput[], string> {
  const { spec } = board.planOf(live.run);
  const item = itemAt(spec, live, at);
  const given: ArtifactInput[] = [];
  for (const [path, { task, name }] of Object.entries(inputs)) {
    const mapId = spec.tasks[task]?.map;
    if (mapId === undefined || mapId === item?.mapId) {
      const mapIndex = mapId === undefined ? 0 : (item?.index ?? 0);
      const artifact = lastArtifact(live, { taskId: task, mapIndex }, name);
      if (artifact === undefined) {
        const why = `task "${task}" has left no artifact "${name}" in this run`;
        return fail(`its input "${path}" is not there: ${why}`);
      }
      given.push(placed(path, artifact));
    } else {
      const { namespace, runId } = live.run;
      const size = live.expansions.get(mapKey(namespace, runId, mapId))?.size ?? 0;
      for (let mapIndex = 0; mapIndex < size; mapIndex++) {
        const artifact = lastArtifact(live, { taskId: task, mapIndex }, name);
        if (artifact !== undefined) given.push(placed(`${plainPath(path)}/${mapIndex}`, artifact));
      }
    }
    if (given.length > artifactLimits.inputsOfAttempt) {
      return fail(`its inputs are more than ${artifactLimits.inputsOfAttempt} artifacts`);
    }
  }
  return ok(given);
}

/** The output of an instance, where it was too large for the log. */
export function largeOutputAt(live: LiveRun, place: Place): ArtifactObject | undefined {
  const artifact = lastArtifact(live, place, largeOutput.name);
  if (artifact === undefined) return undefined;
  const { sha256, bytes, kind, nodes } = artifact;
  return { sha256, bytes, kind, nodes };
}

function lastArtifact(live: LiveRun, place: Place, name: string): Artifact | undefined {
  const row = rowAt(live, place);
  if (row?.status !== 'success') return undefined;
  const last = row.attempts.findLast(({ outcome }) => outcome === 'success');
  return last?.artifacts?.find((artifact) => artifact.name === name);
}

const placed = (path: string, { sha256, bytes, kind, nodes }: Artifact): ArtifactInput => ({
  ...{ path: plainPath(path), sha256, bytes, kind, nodes },
});
