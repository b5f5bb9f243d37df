/** W21 and the ends of nodes: nothing is left behind, and nobody ends without a reason. */
import type { ChaosNode } from '../chaos-node.ts';
import { type Finding, finding } from '../finding.ts';
import { hostProcesses, readProc } from '../host-processes.ts';

/** Processes that attempts have left, when no attempt and no node lives any more. */
export function orphansOf(folder: string): readonly string[] {
  return hostProcesses().flatMap(({ pid }) => {
    const environment = readProc(pid, 'environ');
    const isOfAttempt = environment.includes('SKEIN_ATTEMPT_KEY=');
    if (!isOfAttempt || !environment.includes(folder)) return [];
    return [`${pid}: ${readProc(pid, 'cmdline').replaceAll('\0', ' ').trim()}`];
  });
}

export const checkOrphans = (orphans: readonly string[]): Finding =>
  finding('orphan processes', 'looked for in the environment of every process', orphans);

export function checkEnds(nodes: readonly ChaosNode[]): Finding {
  const ends = nodes.flatMap((node) => node.ends);
  const strange = ends.filter(({ expected }) => !expected);
  const down = nodes.filter((node) => !node.isAlive);
  return finding(
    'nodes that ended by themselves',
    `${ends.length - strange.length} ends were reckoned with`,
    [
      ...strange.map(
        ({ node, code, signal, lastWords }) => `${node}: ${signal ?? `code ${code}`}: ${lastWords}`,
      ),
      ...down.map(({ name }) => `${name} is down at the end`),
    ],
  );
}
