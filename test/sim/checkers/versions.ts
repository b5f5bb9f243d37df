/** W26: a run keeps its version unless somebody edits it, and versions never change. */
import { isSameValue } from '../../../src/model/version-diff.ts';
import type { MakeChecker } from './checker.ts';

export const versions: MakeChecker = (scene) => {
  const pinned = new Map<string, string>();
  return {
    recorded({ what, applied }) {
      for (const { change } of applied) {
        const { key } = change.fact;
        if (change.table === 'version' && change.before !== null) {
          if (isSameValue(change.before.spec, change.fact.row?.spec)) continue;
          scene.violate('W26', `version ${key} changes by ${what}`);
        }
        if (change.table !== 'run' || change.fact.row === null) continue;
        const { versionId } = change.fact.row;
        const before = pinned.get(key) ?? versionId;
        pinned.set(key, versionId);
        if (before === versionId || what === 'edit-run') continue;
        scene.violate('W26', `run ${key} goes from version ${before} to ${versionId} by ${what}`);
      }
    },
  };
};
