/** `skein holders`: who holds what others wait for. */
import type { Command } from 'commander';
import { contract } from '../../api/contract.ts';
import type { HoldersView, HolderView } from '../../model/views/holders.ts';
import { action, ask, type Stage } from '../command.ts';
import { agoText, table, tame } from '../format.ts';
import { instanceName } from '../instance-name.ts';
import type { Terminal } from '../terminal.ts';

export function holderCommand(program: Command, stage: Stage): void {
  program
    .command('holders')
    .description('who holds slots of pools, concurrency keys and the places of DAGs')
    .action(
      action(stage, (session) =>
        ask(session, contract.listHolders, { params: {}, query: {} }, (value) =>
          session.terminal.out(holdersText(session.terminal, value)),
        ),
      ),
    );
}

/** Characters of a key: its author may have rendered anything into it. */
const keyMax = 80;

function holdersText(terminal: Terminal, { pools, keys, dags }: HoldersView): string {
  const rows = [
    ...pools.flatMap(({ pool, slots, taken, holders, leftOut }) =>
      lines(`pool ${pool}`, `${taken}/${slots ?? '-'}`, { held: holders.map(ofTask), leftOut }),
    ),
    ...keys.flatMap(({ key, taken, holders, leftOut }) =>
      lines(`key ${tame(key, keyMax)}`, String(taken), { held: holders.map(ofTask), leftOut }),
    ),
    ...dags.flatMap(({ dagId, maxActiveRuns, active, queued, runs, leftOut }) => {
      const waiting = queued === 0 ? '' : `, ${queued} wait`;
      const taken = `${active}/${maxActiveRuns ?? '-'}${waiting}`;
      const held = runs.map(({ runId, since }) => [runId, '1', '-', agoText(since)]);
      return lines(`runs of ${dagId}`, taken, { held, leftOut });
    }),
  ];
  const headings = ['what', 'taken', 'held by', 'slots', 'node', 'since'];
  return table(terminal, headings, rows, 'Nothing is held.');
}

const ofTask = ({ runId, taskId, mapIndex, slots, node, since }: HolderView): readonly string[] => [
  `${runId}/${instanceName({ taskId, mapIndex })}`,
  ...[String(slots), node, agoText(since)],
];

interface Held {
  readonly held: readonly (readonly string[])[];
  readonly leftOut: number;
}

/** The name stands in its first line. */
function lines(what: string, taken: string, { held, leftOut }: Held) {
  const more = leftOut === 0 ? [] : [[`and ${leftOut} more`, '', '', '']];
  const all = [...held, ...more];
  if (all.length === 0) return [[what, taken, '-', '', '', '']];
  return all.map((line, at) => [...(at === 0 ? [what, taken] : ['', '']), ...line]);
}
