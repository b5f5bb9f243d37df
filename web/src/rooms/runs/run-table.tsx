/** Runs in rows, as many as there are. */
import { memo, useCallback, useRef } from 'react';
import type { RunView } from '../../../../src/model/views/run.ts';
import { dagPath, Link, runPath } from '../../app/link.tsx';
import { StateLabel } from '../../kit/state.tsx';
import { Duration, useNow } from '../../kit/time.tsx';
import { useWords } from '../../kit/words.ts';
import { PlainTime } from '../run/plain-time.tsx';
import { type Column, VirtualTable } from '../run/virtual-table.tsx';
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
  const columns: readonly Column[] = [
    { key: 'box', head: box, width: 40 },
    { key: 'state', head: w.state, width: 130 },
    { key: 'run', head: w.run, width: 210 },
    { key: 'dag', head: w.dag },
    { key: 'trigger', head: w.trigger, width: 90 },
    { key: 'created', head: w.created, width: 172 },
    { key: 'took', head: w.took, width: 90, isNumber: true },
    { key: 'note', head: w.reason, width: '24%' },
  ];
  return (
    <VirtualTable
      label={w.title}
      columns={columns}
      count={runs.length}
      rowHeight={rowHeight}
      height="max(320px, calc(100vh - 190px))"
      onEnd={onEnd}
      row={(index) => {
        const run = runs[index];
        if (run === undefined) return null;
        const isChosen = chosen.has(run.runId);
        return (
          <RunRow
            key={run.runId}
            {...{ run, isChosen }}
            now={run.endedAt === null ? now : 0}
            onTurn={turn}
          />
        );
      }}
    />
  );
}

interface RunRowProps {
  readonly run: RunView;
  readonly isChosen: boolean;
  /** For a run that goes on. */
  readonly now: number;
  readonly onTurn: (runId: string) => void;
}

const RunRow = memo(function RunRow({ run, isChosen, now, onTurn }: RunRowProps) {
  const w = useWords(runsWords);
  const { runId, dagId, startedAt, endedAt } = run;
  const tookMs =
    startedAt === null || endedAt !== null ? run.durationMs : now - Date.parse(startedAt);
  const reason = run.reason ?? run.heldBy ?? (run.paused ? w.paused : '');
  return (
    <tr data-row="" data-selected={isChosen ? '' : undefined} style={{ height: rowHeight }}>
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
      <td className="num">
        <Duration ms={tookMs} />
      </td>
      <td className="skein-name" title={reason}>
        {run.slaMissed ? `${w.slaMissed} ` : ''}
        {reason}
      </td>
    </tr>
  );
});
