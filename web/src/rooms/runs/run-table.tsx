/** Runs in rows, as many as there are. */
import { memo, useCallback, useRef } from 'react';
import type { RunView } from '../../../../src/model/views/run.ts';
import { dagPath, Link, runPath } from '../../app/link.tsx';
import { StateLabel } from '../../kit/state.tsx';
import { Duration, useNow } from '../../kit/time.tsx';
import { type ColumnHead, VirtualTable } from '../../kit/virtual-table.tsx';
import { useWords } from '../../kit/words.ts';
import { PlainTime } from '../run/plain-time.tsx';
import { runsWords } from './words.ts';

const rowHeight = 32;

interface RunTableProps {
  readonly runs: readonly RunView[];
  readonly chosen: ReadonlySet<string>;
  readonly onChoose: (chosen: ReadonlySet<string>) => void;
  readonly onEnd: () => void;
}

export function RunTable({ runs, chosen, onChoose, onEnd }: RunTableProps) {
  const w = useWords(runsWords);
  const now = useNow();
  const all = runs.length > 0 && runs.every(({ runId }) => chosen.has(runId));
  const latest = useRef(chosen);
  latest.current = chosen;
  const turn = useCallback(
    (runId: string): void => {
      const next = new Set(latest.current);
      if (!next.delete(runId)) next.add(runId);
      onChoose(next);
    },
    [onChoose],
  );
  const box = (
    <input
      type="checkbox"
      aria-label={w.chooseAll}
      checked={all}
      onChange={() => onChoose(all ? new Set() : new Set(runs.map(({ runId }) => runId)))}
    />
  );
  const columns: readonly ColumnHead[] = [
    { id: 'box', name: box, width: 40 },
    { id: 'state', name: w.state, width: 120 },
    { id: 'run', name: w.run, width: 190 },
    { id: 'dag', name: w.dag },
    { id: 'trigger', name: w.trigger, width: 90 },
    { id: 'created', name: w.created, width: 172 },
    { id: 'took', name: w.took, width: 90, right: true },
    { id: 'note', name: w.reason, width: '20%' },
  ];
  return (
    <VirtualTable
      label={w.title}
      columns={columns}
      count={runs.length}
      rowHeight={rowHeight}
      minWidth={980}
      height="max(320px, calc(100vh - 190px))"
      onEnd={onEnd}
      keyOf={(index) => runs[index]?.runId ?? ''}
      isSelected={(index) => chosen.has(runs[index]?.runId ?? '')}
      row={(index) => {
        const run = runs[index];
        if (run === undefined) return null;
        const isChosen = chosen.has(run.runId);
        const until = run.endedAt === null ? now : 0;
        return <RunCells {...{ run, isChosen }} now={until} onTurn={turn} />;
      }}
    />
  );
}

interface RunCellsProps {
  readonly run: RunView;
  readonly isChosen: boolean;
  /** For a run that goes on. */
  readonly now: number;
  readonly onTurn: (runId: string) => void;
}

const RunCells = memo(function RunCells({ run, isChosen, now, onTurn }: RunCellsProps) {
  const w = useWords(runsWords);
  const { runId, dagId, startedAt, endedAt } = run;
  const tookMs =
    startedAt === null || endedAt !== null ? run.durationMs : now - Date.parse(startedAt);
  const reason = run.reason ?? run.heldBy ?? (run.paused ? w.paused : '');
  return (
    <>
      <td>
        <input
          type="checkbox"
          aria-label={w.choose(runId)}
          checked={isChosen}
          onChange={() => onTurn(runId)}
        />
      </td>
      <td>
        <StateLabel state={run.state} />
      </td>
      <td title={runId}>
        <Link to={runPath(runId)}>
          <span className="skein-name">{runId}</span>
        </Link>
      </td>
      <td title={dagId}>
        <Link to={dagPath(dagId)}>
          <span className="skein-name">{dagId}</span>
        </Link>
      </td>
      <td>{w[run.trigger]}</td>
      <td>
        <PlainTime at={run.createdAt} />
      </td>
      <td data-right="">
        <Duration ms={tookMs} />
      </td>
      <td className="skein-name" title={reason}>
        {run.slaMissed ? `${w.slaMissed} ` : ''}
        {reason}
      </td>
    </>
  );
});
