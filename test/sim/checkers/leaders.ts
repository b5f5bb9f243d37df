/** Elections: I1, a term has at most one leader. */
import type { MakeChecker } from './checker.ts';

export const leaders: MakeChecker = (scene) => {
  const byTerm = new Map<number, string>();
  return {
    leads(node, term) {
      const known = byTerm.get(term);
      if (known !== undefined && known !== node.id) {
        scene.violate('I1', `${known} and ${node.id} both lead in term ${term}`);
      }
      byTerm.set(term, node.id);
    },
  };
};
