/** A year as squares, one a day: how much of it went well, and what is still to come. */
import { Link } from '../../app/link.tsx';
import classes from './year-chart.module.css';

export interface YearDay {
  /** `2026-11-22`. */
  readonly day: string;
  /** From 0, the week that 1 January is in. */
  readonly week: number;
  /** 0 is Monday. */
  readonly weekday: number;
  readonly ended: number;
  readonly failed: number;
  /** Fires that are still to come. */
  readonly coming: number;
}

interface YearChartProps {
  readonly label: string;
  readonly days: readonly YearDay[];
  /** From Monday on; '' for those that are not named. */
  readonly weekdays: readonly string[];
  readonly monthName: (month: number) => string;
  readonly textOf: (day: YearDay) => string;
  /** Undefined: the day is not a link. */
  readonly linkOf: (day: YearDay) => string | undefined;
  readonly today: string;
}

const size = 15;
const step = 18;
const left = 34;
const top = 20;

export function YearChart(props: YearChartProps) {
  const { label, days, weekdays, monthName, textOf, linkOf, today } = props;
  const weeks = (days.at(-1)?.week ?? 0) + 1;
  const months = days.filter(({ day }) => day.endsWith('-01'));
  return (
    <section aria-label={label} className={classes.frame}>
      <svg width={left + weeks * step} height={top + 7 * step}>
        <title>{label}</title>
        {months.map(({ day, week }) => (
          <text key={day} x={left + week * step} y={12}>
            {monthName(Number(day.slice(5, 7)))}
          </text>
        ))}
        {weekdays.map(
          (name, at) =>
            name !== '' && (
              <text key={name} x={0} y={top + at * step + 12}>
                {name}
              </text>
            ),
        )}
        {days.map((day) => {
          const to = linkOf(day);
          return to === undefined ? (
            <g key={day.day}>
              <Square day={day} isToday={day.day === today} text={textOf(day)} />
            </g>
          ) : (
            <Link key={day.day} to={to} aria-label={textOf(day)}>
              <Square day={day} isToday={day.day === today} text={textOf(day)} />
            </Link>
          );
        })}
      </svg>
    </section>
  );
}

interface SquareProps {
  readonly day: YearDay;
  readonly isToday: boolean;
  readonly text: string;
}

/** Not by its colour alone: a day with failures has a bar at its foot, as long as their share. */
function Square({ day, isToday, text }: SquareProps) {
  const { ended, failed, coming } = day;
  const x = left + day.week * step;
  const y = top + day.weekday * step;
  const kind =
    ended === 0
      ? coming > 0
        ? 'coming'
        : 'none'
      : failed === 0
        ? 'good'
        : failed === ended
          ? 'bad'
          : 'mixed';
  return (
    <>
      <title>{text}</title>
      <rect
        x={x + 0.5}
        y={y + 0.5}
        width={size}
        height={size}
        rx={3}
        data-kind={kind}
        data-today={isToday || undefined}
      />
      {failed > 0 && (
        <rect
          x={x + 2}
          y={y + size - 4}
          width={Math.max(2, ((size - 3) * failed) / ended)}
          height={3}
          className={classes.failed}
        />
      )}
    </>
  );
}

/** One square as the chart has it, for the words beneath. */
export function YearKey({ kind, text }: { readonly kind: string; readonly text: string }) {
  return (
    <span className={classes.key}>
      <svg width={size} height={size} aria-hidden="true">
        <rect x={0.5} y={0.5} width={size - 1} height={size - 1} rx={3} data-kind={kind} />
        {(kind === 'mixed' || kind === 'bad') && (
          <rect
            x={2}
            y={size - 5}
            width={kind === 'bad' ? size - 4 : 5}
            height={3}
            className={classes.failed}
          />
        )}
      </svg>
      {text}
    </span>
  );
}
