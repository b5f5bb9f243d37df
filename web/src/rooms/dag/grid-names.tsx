/** The names at the left of a grid, those in sight only: groups fold, tasks are links. */
import { Link } from '../../app/link.tsx';
import { Icon } from '../../kit/icons.tsx';
import { useWords } from '../../kit/words.ts';
import classes from './grid.module.css';
import type { GridRow } from './grid-model.ts';
import { sizes } from './grid-paint.ts';
import { dagWords } from './words.ts';

interface GridNamesProps {
  readonly rows: readonly GridRow[];
  /** How far it is scrolled, and how much of it is seen. */
  readonly top: number;
  readonly height: number;
  readonly marked: number | undefined;
  readonly onFold: (group: string) => void;
  readonly taskPath: (task: string) => string;
}

export function GridNames({ rows, top, height, marked, onFold, taskPath }: GridNamesProps) {
  const first = Math.max(0, Math.floor(top / sizes.cell) - 1);
  const shown = rows.slice(first, first + Math.ceil(height / sizes.cell) + 3);
  return (
    <div
      className={classes.names}
      style={{ top: sizes.head, width: sizes.names, height: Math.max(0, height) }}
    >
      <div style={{ transform: `translateY(${first * sizes.cell - top}px)` }}>
        {shown.map((row, at) => (
          <div
            key={`${row.kind}/${row.id}`}
            className={classes.name}
            data-marked={first + at === marked || undefined}
            style={{ height: sizes.cell, paddingLeft: 6 + row.depth * 14 }}
          >
            {row.kind === 'group' ? (
              <GroupName row={row} onFold={onFold} />
            ) : (
              <Link to={taskPath(row.id)} size="xs" c="inherit" truncate className="skein-name">
                {row.id}
              </Link>
            )}
          </div>
        ))}
      </div>
    </div>
  );
}

interface GroupNameProps {
  readonly row: Extract<GridRow, { readonly kind: 'group' }>;
  readonly onFold: (group: string) => void;
}

function GroupName({ row, onFold }: GroupNameProps) {
  const w = useWords(dagWords);
  const { id, isFolded, members } = row;
  return (
    <button
      type="button"
      className={classes.group}
      aria-expanded={!isFolded}
      aria-label={isFolded ? w.unfold(id) : w.fold(id)}
      onClick={(event) => {
        event.stopPropagation();
        onFold(id);
      }}
    >
      <Icon name={isFolded ? 'right' : 'down'} size={12} />
      <bdi>{id}</bdi> <span className={classes.count}>{members.length}</span>
    </button>
  );
}
