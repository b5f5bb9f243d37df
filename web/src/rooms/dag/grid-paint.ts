/** Draws the part of a grid that is in sight: a bar for each run, a cell for each task of it. */
import type { Sprites } from '../../kit/charts/state-sprites.ts';
import { type Grid, type GridRow, runMs, stateAt } from './grid-model.ts';

/** In pixels of the page. */
export const sizes = { cell: 22, names: 232, bars: 56, head: 80 } as const;

export interface Place {
  /** Of the run and of the row; -1 for the bars above the rows. */
  readonly column: number;
  readonly row: number;
}

export interface Scene {
  readonly grid: Grid;
  readonly rows: readonly GridRow[];
  readonly selected: Place | undefined;
  readonly hovered: Place | undefined;
  readonly nowMs: number;
  readonly longestMs: number;
}

export interface View {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

export function paint(
  context: CanvasRenderingContext2D,
  sprites: Sprites,
  scene: Scene,
  view: View,
): void {
  const { cell, names, head } = sizes;
  const { runs } = scene.grid;
  context.clearRect(0, 0, view.width, view.height);
  const first = Math.max(0, Math.floor(view.left / cell));
  const last = Math.min(runs.length - 1, Math.floor((view.left + view.width - names) / cell));
  const x = (column: number): number => names + column * cell - view.left;
  context.save();
  context.beginPath();
  context.rect(names, 0, view.width - names, view.height);
  context.clip();
  paintMarks(context, sprites, scene, view);
  context.save();
  context.beginPath();
  context.rect(names, head, view.width - names, view.height - head);
  context.clip();
  paintCells(context, sprites, scene, view);
  context.restore();
  for (let column = first; column <= last; column++) {
    paintBar(context, sprites, scene, column, x(column));
  }
  context.fillStyle = sprites.palette.line;
  context.fillRect(names, head - 1, view.width, 1);
  context.restore();
}

/** The row and the column that are looked at, below everything else. */
function paintMarks(
  context: CanvasRenderingContext2D,
  { palette }: Sprites,
  { selected, hovered }: Scene,
  view: View,
): void {
  const { cell, names, head } = sizes;
  for (const place of [hovered, selected]) {
    if (place === undefined) continue;
    context.fillStyle = palette.hover;
    context.fillRect(names + place.column * cell - view.left, 0, cell, view.height);
    if (place.row < 0) continue;
    const y = head + place.row * cell - view.top;
    if (y > head - cell) context.fillRect(names, Math.max(head, y), view.width, cell);
  }
}

function paintCells(
  context: CanvasRenderingContext2D,
  sprites: Sprites,
  { grid, rows, selected }: Scene,
  view: View,
): void {
  const { cell, names, head } = sizes;
  const firstColumn = Math.max(0, Math.floor(view.left / cell));
  const lastColumn = Math.min(
    grid.runs.length - 1,
    Math.floor((view.left + view.width - names) / cell),
  );
  const firstRow = Math.max(0, Math.floor(view.top / cell));
  const lastRow = Math.min(rows.length - 1, Math.floor((view.top + view.height - head) / cell));
  for (let column = firstColumn; column <= lastColumn; column++) {
    const run = grid.runs[column];
    if (run === undefined) continue;
    const x = names + column * cell - view.left;
    for (let at = firstRow; at <= lastRow; at++) {
      const row = rows[at];
      const state = row === undefined ? undefined : stateAt(run, row);
      if (state === undefined) continue;
      const y = head + at * cell - view.top;
      context.drawImage(sprites.cell(state), x, y, cell, cell);
      const counts = row?.kind === 'task' ? run.mapped[row.id] : undefined;
      if (counts !== undefined) paintCount(context, sprites, counts, x, y);
    }
    const before = grid.runs[column - 1];
    if (before !== undefined && before.versionId !== run.versionId) {
      context.fillStyle = sprites.palette.accent;
      context.fillRect(x - 0.5, head, 1, view.height);
    }
  }
  if (selected === undefined || selected.row < 0) return;
  context.strokeStyle = sprites.palette.accent;
  context.lineWidth = 2;
  const x = names + selected.column * cell - view.left;
  context.strokeRect(x + 1, head + selected.row * cell - view.top + 1, cell - 2, cell - 2);
}

/** How many instances a mapped task has, in the corner of its cell. */
function paintCount(
  context: CanvasRenderingContext2D,
  { palette }: Sprites,
  counts: Readonly<Record<string, number>>,
  x: number,
  y: number,
): void {
  const all = Object.values(counts).reduce((sum, count) => sum + count, 0);
  const text = all > 999 ? '1k+' : String(all);
  const width = 3 + text.length * 5;
  context.fillStyle = palette.body;
  context.fillRect(x + sizes.cell - width, y + sizes.cell - 10, width, 9);
  context.fillStyle = palette.text;
  context.font = '8px system-ui, sans-serif';
  context.fillText(text, x + sizes.cell - width + 2, y + sizes.cell - 3);
}

function paintBar(
  context: CanvasRenderingContext2D,
  sprites: Sprites,
  { grid, selected, nowMs, longestMs }: Scene,
  column: number,
  x: number,
): void {
  const { cell, bars } = sizes;
  const run = grid.runs[column];
  if (run === undefined) return;
  const share = longestMs === 0 ? 0 : runMs(run, nowMs) / longestMs;
  const height = Math.max(4, Math.round(share * (bars - 8)));
  context.globalAlpha = run.endedAt === null ? 0.55 : 0.9;
  context.fillStyle = sprites.palette.state(run.state);
  context.beginPath();
  context.roundRect(x + 4, bars - height, cell - 8, height, [2, 2, 0, 0]);
  context.fill();
  context.globalAlpha = 1;
  if (run.state === 'failed') {
    context.fillStyle = sprites.palette.body;
    context.fillRect(x + 4, bars - 4, cell - 8, 1.5);
  }
  if (selected?.column === column && selected.row < 0) {
    context.strokeStyle = sprites.palette.accent;
    context.lineWidth = 2;
    context.strokeRect(x + 2, 2, cell - 4, bars + 18);
  }
  context.drawImage(sprites.trigger(run.trigger), x + 5, bars + 5, 12, 12);
  const before = grid.runs[column - 1];
  if (before !== undefined && before.versionId !== run.versionId) {
    context.fillStyle = sprites.palette.accent;
    context.fillRect(x - 0.5, 0, 1, sizes.head);
  }
}
