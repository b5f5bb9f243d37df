/**
 * States as small pictures for a canvas: the signs and colours that the rest of the page has,
 * drawn once, so that a grid of thousands of cells is only copied together.
 */

/** Inside a box of 16 by 16: the strokes of `kit/state.tsx`. */
const signs: Readonly<Record<string, string>> = {
  success: 'M4 8.5l2.7 2.7L12.2 5.5',
  failed: 'M5 5l6 6M11 5l-6 6',
  running: 'M13 8a5 5 0 1 1-3.4-4.7',
  queued: 'M5 6.5h6M5 9.5h6',
  scheduled: 'M8 4.8V8l2.3 1.6',
  pending: 'M7.5 8h1',
  deferred: 'M6.4 5.4v5.2M9.6 5.4v5.2',
  up_for_retry: 'M11.6 6.2A4.2 4.2 0 1 0 12 9M11.8 3.6v2.8H9',
  skipped: 'M4.5 5l3.2 3-3.2 3M8.5 5l3.2 3-3.2 3',
  upstream_failed: 'M8 11.5v-7M5.2 7L8 4.2 10.8 7',
  cancelled: 'M4.6 11.4l6.8-6.8',
  cancelling: 'M4.6 11.4l6.8-6.8',
};

/** Inside a box of 20 by 20: what started a run. */
const triggers: Readonly<Record<string, string>> = {
  manual: 'M6 4l9 6-9 6z',
  schedule: 'M10 3a7 7 0 1 1 0 14 7 7 0 0 1 0-14zM10 6v4l3 2',
  event: 'M11 3L5 11h4l-1 6 6-8h-4z',
  backfill: 'M4 4h12v12H4zM4 8h12M8 8v8',
  task: 'M4 10h3M13 5h3M13 15h3M7 10c4 0 2-5 6-5M7 10c4 0 2 5 6 5',
};

export interface Palette {
  readonly state: (name: string) => string;
  readonly text: string;
  readonly dimmed: string;
  readonly line: string;
  readonly body: string;
  readonly accent: string;
  readonly hover: string;
}

/** The colours of the page as it looks now; a canvas knows no variables. */
export function paletteNow(): Palette {
  const style = getComputedStyle(document.documentElement);
  const of = (name: string): string => style.getPropertyValue(name).trim();
  return {
    state: (name) => of(`--state-${name}`) || of('--state-pending'),
    text: of('--mantine-color-text'),
    dimmed: of('--mantine-color-dimmed'),
    line: of('--mantine-color-default-border'),
    body: of('--mantine-color-body'),
    accent: of('--mantine-primary-color-filled'),
    hover: of('--mantine-color-default-hover'),
  };
}

export interface Sprites {
  readonly palette: Palette;
  /** A cell of a grid, `size` pixels of the page wide. */
  readonly cell: (state: string) => HTMLCanvasElement;
  readonly trigger: (name: string) => HTMLCanvasElement;
}

const triggerSize = 12;

export function makeSprites(palette: Palette, size: number, ratio: number): Sprites {
  const cells = new Map<string, HTMLCanvasElement>();
  const icons = new Map<string, HTMLCanvasElement>();
  const kept = (
    map: Map<string, HTMLCanvasElement>,
    name: string,
    draw: () => HTMLCanvasElement,
  ): HTMLCanvasElement => {
    const known = map.get(name);
    if (known !== undefined) return known;
    const made = draw();
    map.set(name, made);
    return made;
  };
  return {
    palette,
    cell: (state) => kept(cells, state, () => drawCell(palette, state, size, ratio)),
    trigger: (name) => kept(icons, name, () => drawTrigger(palette, name, ratio)),
  };
}

function blank(
  size: number,
  ratio: number,
): readonly [HTMLCanvasElement, CanvasRenderingContext2D | null] {
  const canvas = document.createElement('canvas');
  canvas.width = Math.round(size * ratio);
  canvas.height = Math.round(size * ratio);
  const context = canvas.getContext('2d');
  context?.scale(ratio, ratio);
  return [canvas, context];
}

function drawCell(palette: Palette, state: string, size: number, ratio: number): HTMLCanvasElement {
  const [canvas, context] = blank(size, ratio);
  if (context === null) return canvas;
  const color = palette.state(state);
  const isQuiet = state === 'pending' || state === 'skipped' || state === 'cancelled';
  context.globalAlpha = isQuiet ? 0.1 : 0.2;
  context.fillStyle = color;
  context.beginPath();
  context.roundRect(1.5, 1.5, size - 3, size - 3, 3);
  context.fill();
  context.globalAlpha = 1;
  context.strokeStyle = color;
  context.lineWidth = 1.7;
  context.lineCap = 'round';
  const scale = (size - 4) / 16;
  context.translate(2, 2);
  context.scale(scale, scale);
  context.stroke(new Path2D(signs[state] ?? signs.pending));
  return canvas;
}

function drawTrigger(palette: Palette, name: string, ratio: number): HTMLCanvasElement {
  const [canvas, context] = blank(triggerSize, ratio);
  if (context === null) return canvas;
  context.strokeStyle = palette.dimmed;
  context.lineWidth = 2;
  context.lineCap = 'round';
  context.lineJoin = 'round';
  context.scale(triggerSize / 20, triggerSize / 20);
  context.stroke(new Path2D(triggers[name] ?? triggers.manual));
  return canvas;
}
