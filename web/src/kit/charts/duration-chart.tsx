/** Durations one after the other, with the band that is usual behind them. */
import { useElementSize } from '@mantine/hooks';
import { formatDuration } from '../../../../src/base/duration.ts';
import { Link } from '../../app/link.tsx';
import { stateColor } from '../state.tsx';
import classes from './duration-chart.module.css';

export interface Point {
  readonly key: string;
  readonly ms: number;
  readonly state: string;
  /** What it says when it is pointed at, and to those who do not see it. */
  readonly text: string;
  readonly to: string;
  readonly isMarked?: boolean;
}

interface DurationChartProps {
  readonly label: string;
  /** Oldest first. */
  readonly points: readonly Point[];
  readonly band: { readonly p50: number; readonly p95: number } | undefined;
  readonly ticks: readonly number[];
  readonly height?: number;
}

const margin = { left: 56, right: 44, top: 12, bottom: 8 } as const;

export function DurationChart({ label, points, band, ticks, height = 220 }: DurationChartProps) {
  const { ref, width } = useElementSize();
  const top = ticks.at(-1) ?? 1;
  const inner = Math.max(0, width - margin.left - margin.right);
  const high = height - margin.top - margin.bottom;
  const y = (ms: number): number => margin.top + high - (top === 0 ? 0 : (ms / top) * high);
  const step = points.length === 0 ? 0 : inner / points.length;
  const bar = Math.max(1.5, Math.min(18, step - 2));
  return (
    <section ref={ref} aria-label={label} className={classes.frame}>
      {width > 0 && (
        <svg width={width} height={height}>
          <title>{label}</title>
          {ticks.map((ms) => (
            <g key={ms}>
              <line x1={margin.left} x2={width - margin.right} y1={y(ms)} y2={y(ms)} />
              <text x={margin.left - 6} y={y(ms) + 4} textAnchor="end">
                {ms === 0 ? '0' : formatDuration(ms)}
              </text>
            </g>
          ))}
          {band !== undefined && (
            <g>
              <rect
                className={classes.band}
                x={margin.left}
                width={inner}
                y={y(band.p95)}
                height={Math.max(1, y(band.p50) - y(band.p95))}
              />
              <text x={width - margin.right + 4} y={y(band.p95) + 4}>
                p95
              </text>
              <text x={width - margin.right + 4} y={Math.max(y(band.p50), y(band.p95) + 12) + 4}>
                p50
              </text>
            </g>
          )}
          {points.map((point, at) => (
            <Link key={point.key} to={point.to} aria-label={point.text}>
              <title>{point.text}</title>
              <rect
                className={classes.bar}
                x={margin.left + step * at + (step - bar) / 2}
                width={bar}
                y={Math.min(y(point.ms), y(0) - 2)}
                height={Math.max(2, y(0) - y(point.ms))}
                rx={1.5}
                fill={stateColor(point.state)}
              />
              {point.isMarked === true && (
                <path
                  className={classes.mark}
                  d={`M${margin.left + step * (at + 0.5)} ${y(point.ms) - 10}l4 7h-8z`}
                />
              )}
            </Link>
          ))}
        </svg>
      )}
    </section>
  );
}
