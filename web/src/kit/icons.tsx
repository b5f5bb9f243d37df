/** The signs of the navigation and of actions: 20 by 20, drawn with one stroke. */
import type { ReactNode } from 'react';

const shapes = {
  overview: 'M3 11l7-7 7 7M5 9.5V16h10V9.5',
  dags: 'M4 10h3M13 5h3M13 15h3M7 10c4 0 2-5 6-5M7 10c4 0 2 5 6 5',
  runs: 'M6 4l9 6-9 6z',
  editor: 'M4 16l1-4 8-8 3 3-8 8-4 1zM11.5 5.5l3 3',
  cluster: 'M4 4h12v4H4zM4 12h12v4H4zM7 6h.01M7 14h.01',
  queues: 'M4 5h12M4 10h8M4 15h5',
  approvals: 'M4 10.5l4 4 8-9',
  letters: 'M3 5h14v10H3zM3 6l7 5 7-5',
  backfills: 'M4 4h12v12H4zM4 8h12M8 8v8',
  triggers: 'M11 3L5 11h4l-1 6 6-8h-4z',
  connections: 'M8 12l4-4M6.5 9.5L5 11a3 3 0 0 0 4 4l1.5-1.5M13.5 10.5L15 9a3 3 0 0 0-4-4L9.5 6.5',
  variables: 'M7 4c-3 0-1 6-4 6 3 0 1 6 4 6M13 4c3 0 1 6 4 6-3 0-1 6-4 6',
  search: 'M9 4a5 5 0 1 1 0 10A5 5 0 0 1 9 4zM13 13l4 4',
  play: 'M6 4l9 6-9 6z',
  pause: 'M7 4v12M13 4v12',
  stop: 'M5 5h10v10H5z',
  again: 'M15.5 7A6 6 0 1 0 16 11M16 3v4h-4',
  more: 'M5 10h.01M10 10h.01M15 10h.01',
  down: 'M5 8l5 5 5-5',
  up: 'M5 12l5-5 5 5',
  right: 'M8 5l5 5-5 5',
  left: 'M12 5l-5 5 5 5',
  close: 'M5 5l10 10M15 5L5 15',
  sun: 'M10 7a3 3 0 1 1 0 6 3 3 0 0 1 0-6zM10 2v2M10 16v2M2 10h2M16 10h2M4 4l2 2M14 14l2 2',
  moon: 'M15.5 12A6.5 6.5 0 0 1 8 4.5 6.5 6.5 0 1 0 15.5 12z',
  clock: 'M10 3a7 7 0 1 1 0 14 7 7 0 0 1 0-14zM10 6v4l3 2',
  download: 'M10 3v9M6 9l4 4 4-4M4 16h12',
  link: 'M8 12l4-4M11 5h4v4M15 5l-6 6M9 5H5v10h10v-4',
  plus: 'M10 5v10M5 10h10',
  minus: 'M5 10h10',
  fit: 'M4 8V4h4M12 4h4v4M16 12v4h-4M8 16H4v-4',
  alert: 'M10 3l8 14H2zM10 8v4M10 14.5h.01',
} as const satisfies Record<string, string>;

export type IconName = keyof typeof shapes;

export function Icon({
  name,
  size = 18,
}: {
  readonly name: IconName;
  readonly size?: number;
}): ReactNode {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 20 20"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.6"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      <path d={shapes[name]} />
    </svg>
  );
}
