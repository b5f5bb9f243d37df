/** Outcomes over time: what went well upwards, and below it what did not. */
import { Tooltip } from '@mantine/core';
import classes from './outcome-chart.module.css';

export interface Outcome {
  readonly from: number;
  readonly good: number;
  readonly bad: number;
  readonly other: number;
}

interface OutcomeChartProps {
  readonly label: string;
  readonly slots: readonly Outcome[];
  readonly textOf: (slot: Outcome) => string;
  readonly height?: number;
}

export function OutcomeChart({ label, slots, textOf, height = 88 }: OutcomeChartProps) {
  const most = Math.max(1, ...slots.map(({ good, bad, other }) => good + bad + other));
  const share = (count: number): string => `${(count / most) * 100}%`;
  return (
    <ul aria-label={label} className={classes.chart} style={{ height }}>
      {slots.map((slot) => {
        const isEmpty = slot.good + slot.bad + slot.other === 0;
        return (
          <Tooltip key={slot.from} label={textOf(slot)} disabled={isEmpty}>
            <li className={classes.slot} aria-label={isEmpty ? undefined : textOf(slot)}>
              {slot.other > 0 && <i data-kind="other" style={{ height: share(slot.other) }} />}
              {slot.bad > 0 && <i data-kind="bad" style={{ height: share(slot.bad) }} />}
              {slot.good > 0 && <i data-kind="good" style={{ height: share(slot.good) }} />}
            </li>
          </Tooltip>
        );
      })}
    </ul>
  );
}
