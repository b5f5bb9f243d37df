/** The last runs of a DAG as bars: as high as they took long, coloured as they ended. */
import { formatDuration } from '../../../../src/base/duration.ts';
import { runPath, useGo } from '../../app/link.tsx';
import { usePrefs } from '../prefs.tsx';
import { stateColor } from '../state.tsx';
import { stateWords } from '../state-words.ts';
import { timeText } from '../time.tsx';
import { useWords } from '../words.ts';
import classes from './run-bars.module.css';

export interface RunBar {
  readonly runId: string;
  readonly state: string;
  readonly createdAt: string;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  readonly durationMs: number | null;
}

interface RunBarsProps {
  /** Newest first. */
  readonly runs: readonly RunBar[];
  readonly count?: number;
  readonly height?: number;
  readonly label: string;
}

const barWidth = 7;

export function RunBars({ runs, count = 20, height = 26, label }: RunBarsProps) {
  const shown = runs.slice(0, count).toReversed();
  const most = Math.max(1, ...shown.map(({ durationMs }) => durationMs ?? 0));
  return (
    <span className={classes.bars} style={{ height, width: count * barWidth }}>
      <ul aria-label={label} className={classes.list}>
        {shown.map((run) => (
          <li key={run.runId} className={classes.item} style={{ width: barWidth }}>
            <Bar run={run} share={run.durationMs === null ? 1 : run.durationMs / most} />
          </li>
        ))}
      </ul>
    </span>
  );
}

function Bar({ run, share }: { readonly run: RunBar; readonly share: number }) {
  const go = useGo();
  const w = useWords(stateWords);
  const { clock } = usePrefs();
  const known: Readonly<Record<string, string>> = w;
  const took = run.durationMs === null ? '' : ` · ${formatDuration(run.durationMs)}`;
  const at = timeText(run.startedAt ?? run.createdAt, clock);
  const text = `${known[run.state] ?? run.state} · ${at}${took}`;
  const to = runPath(run.runId);
  return (
    <a
      href={to}
      aria-label={text}
      title={text}
      className={classes.bar}
      data-state={run.state}
      onClick={(event) => {
        if (event.metaKey || event.ctrlKey || event.shiftKey) return;
        event.preventDefault();
        event.stopPropagation();
        go(to);
      }}
    >
      <span
        style={{
          height: `${Math.max(14, Math.round(share * 100))}%`,
          background: stateColor(run.state),
        }}
      />
    </a>
  );
}
