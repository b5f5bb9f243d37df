/**
 * Runs × tasks. Names are elements, cells are drawn on a canvas: only what is in sight, so that a
 * thousand tasks of a hundred runs scroll as ten do. A table beside it says the same in words.
 */
import { useComputedColorScheme } from '@mantine/core';
import { useElementSize, useMergedRef } from '@mantine/hooks';
import {
  type KeyboardEvent,
  type MouseEvent,
  useEffect,
  useLayoutEffect,
  useRef,
  useState,
} from 'react';
import { makeSprites, paletteNow, type Sprites } from '../../kit/charts/state-sprites.ts';
import classes from './grid.module.css';
import { GridNames } from './grid-names.tsx';
import { type Place, paint, type Scene, sizes } from './grid-paint.ts';

interface GridCanvasProps {
  readonly label: string;
  readonly scene: Omit<Scene, 'hovered'>;
  /** At most; less where there is less to show. */
  readonly height: string;
  readonly corner: string;
  readonly tip: (place: Place) => string;
  readonly onSelect: (place: Place) => void;
  readonly onOpen: (place: Place) => void;
  readonly onFold: (group: string) => void;
  readonly taskPath: (task: string) => string;
}

const steps: Readonly<Record<string, readonly [column: number, row: number]>> = {
  ...{ h: [-1, 0], l: [1, 0], k: [0, -1], j: [0, 1] },
  ...{ ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] },
};

export function GridCanvas(props: GridCanvasProps) {
  const { scene, label, height, corner, tip, onSelect, onOpen } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const { ref: sizeRef, width, height: seenHeight } = useElementSize<HTMLDivElement>();
  const ref = useMergedRef(scroller, sizeRef);
  const [hovered, setHovered] = useState<Place>();
  const [top, setTop] = useState(0);
  const sprites = useSprites();
  const columns = scene.grid.runs.length;
  const contentHeight = sizes.head + scene.rows.length * sizes.cell + 24;
  const latest = useRef({ scene, hovered, sprites, width, height: seenHeight });
  latest.current = { scene, hovered, sprites, width, height: seenHeight };
  const draw = useRef(() => drawNow(canvas.current, scroller.current, latest.current));
  // biome-ignore lint/correctness/useExhaustiveDependencies: whatever is drawn has changed.
  useEffect(() => draw.current(), [scene, hovered, sprites, width, seenHeight]);
  const noteScroll = useNewestInSight(scroller, columns, width);
  const { selected } = scene;
  useEffect(() => {
    if (selected !== undefined) bringIntoSight(scroller.current, selected);
  }, [selected]);
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.target !== scroller.current || event.ctrlKey || event.metaKey) return;
    if (event.key === 'Enter' && selected !== undefined) onOpen(selected);
    const step = steps[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const from = selected ?? { column: columns - (step[0] < 0 ? 0 : 1), row: 0 };
    onSelect({
      column: Math.min(columns - 1, Math.max(0, from.column + step[0])),
      row: Math.min(scene.rows.length - 1, Math.max(-1, from.row + step[1])),
    });
  };
  const placeAt = (event: MouseEvent): Place | undefined =>
    placeOf(event, scroller.current, columns, scene.rows.length);
  const onClick = (event: MouseEvent): void => {
    const place = placeAt(event);
    if (place === undefined) return;
    if (place.row < 0 || scene.rows[place.row]?.kind === 'group') onSelect(place);
    else onOpen(place);
  };
  return (
    <div
      ref={ref}
      role="application"
      aria-label={label}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: it is moved about in by keys.
      tabIndex={0}
      className={classes.scroller}
      style={{ height: `min(${height}, ${contentHeight}px)` }}
      onScroll={(event) => {
        noteScroll(event.currentTarget);
        draw.current();
        setTop(event.currentTarget.scrollTop);
      }}
      onKeyDown={onKeyDown}
      onClick={onClick}
      onMouseMove={(event) => {
        const place = placeAt(event);
        if (place?.column !== hovered?.column || place?.row !== hovered?.row) setHovered(place);
      }}
      onMouseLeave={() => setHovered(undefined)}
    >
      <div
        style={{
          width: sizes.names + columns * sizes.cell + 8,
          height: sizes.head + scene.rows.length * sizes.cell + 4,
        }}
      >
        <div className={classes.window} style={{ width, height: seenHeight }}>
          <canvas ref={canvas} className={classes.canvas} />
          <div className={classes.corner} style={{ width: sizes.names, height: sizes.bars }}>
            {corner}
          </div>
          <GridNames
            rows={scene.rows}
            top={top}
            height={seenHeight - sizes.head}
            marked={hovered?.row ?? selected?.row}
            onFold={props.onFold}
            taskPath={props.taskPath}
          />
          {hovered !== undefined && (
            <Tip place={hovered} text={tip(hovered)} scroller={scroller.current} />
          )}
        </div>
      </div>
    </div>
  );
}

interface TipProps {
  readonly place: Place;
  readonly text: string;
  readonly scroller: HTMLDivElement | null;
}

function Tip({ place, text, scroller }: TipProps) {
  if (scroller === null) return null;
  const x = sizes.names + (place.column + 0.5) * sizes.cell - scroller.scrollLeft;
  const y =
    place.row < 0 ? sizes.head : sizes.head + (place.row + 1) * sizes.cell - scroller.scrollTop;
  const isRight = x > scroller.clientWidth / 2;
  const isLow = y > scroller.clientHeight - 90;
  return (
    <div
      className={classes.tip}
      style={{
        left: x,
        top: y + (isLow ? -sizes.cell - 4 : 4),
        transform: `translate(${isRight ? '-100%' : '0'}, ${isLow ? '-100%' : '0'})`,
      }}
    >
      {text}
    </div>
  );
}

interface Latest {
  readonly scene: Omit<Scene, 'hovered'>;
  readonly hovered: Place | undefined;
  readonly sprites: Sprites;
  readonly width: number;
  readonly height: number;
}

function drawNow(
  canvas: HTMLCanvasElement | null,
  scroller: HTMLDivElement | null,
  { scene, hovered, sprites, width, height }: Latest,
): void {
  const context = canvas?.getContext('2d');
  if (canvas === null || context == null || scroller === null || width === 0) return;
  const ratio = window.devicePixelRatio;
  const [wide, high] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== wide || canvas.height !== high) {
    canvas.width = wide;
    canvas.height = high;
  }
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  const view = { left: scroller.scrollLeft, top: scroller.scrollTop, width, height };
  paint(context, sprites, { ...scene, hovered }, view);
}

function useSprites(): Sprites {
  const scheme = useComputedColorScheme('light');
  const make = (): Sprites => makeSprites(paletteNow(), sizes.cell, window.devicePixelRatio);
  const [made, setMade] = useState(make);
  const seen = useRef(scheme);
  useEffect(() => {
    if (seen.current === scheme) return;
    seen.current = scheme;
    setMade(makeSprites(paletteNow(), sizes.cell, window.devicePixelRatio));
  }, [scheme]);
  return made;
}

/** The newest runs stand at the right, and are what people come for; so does each new one. */
function useNewestInSight(
  scroller: { readonly current: HTMLDivElement | null },
  columns: number,
  width: number,
): (box: HTMLDivElement) => void {
  const isAtEnd = useRef(true);
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is in sight hangs on both.
  useLayoutEffect(() => {
    const box = scroller.current;
    if (box !== null && isAtEnd.current) box.scrollLeft = box.scrollWidth;
  }, [scroller, columns, width]);
  return (box) => {
    isAtEnd.current = box.scrollLeft + box.clientWidth >= box.scrollWidth - 2 * sizes.cell;
  };
}

function bringIntoSight(box: HTMLDivElement | null, { column, row }: Place): void {
  if (box === null) return;
  const x = column * sizes.cell;
  const y = row * sizes.cell;
  const wide = box.clientWidth - sizes.names;
  const high = box.clientHeight - sizes.head;
  if (x < box.scrollLeft) box.scrollLeft = x;
  if (x + sizes.cell > box.scrollLeft + wide) box.scrollLeft = x + sizes.cell - wide;
  if (row < 0) return;
  if (y < box.scrollTop) box.scrollTop = y;
  if (y + sizes.cell > box.scrollTop + high) box.scrollTop = y + sizes.cell - high;
}

function placeOf(
  event: MouseEvent,
  box: HTMLDivElement | null,
  columns: number,
  rows: number,
): Place | undefined {
  if (box === null) return undefined;
  const bounds = box.getBoundingClientRect();
  const x = event.clientX - bounds.left;
  const y = event.clientY - bounds.top;
  if (x < sizes.names) return undefined;
  const column = Math.floor((x - sizes.names + box.scrollLeft) / sizes.cell);
  const row = y < sizes.head ? -1 : Math.floor((y - sizes.head + box.scrollTop) / sizes.cell);
  return column < columns && row < rows ? { column, row } : undefined;
}
