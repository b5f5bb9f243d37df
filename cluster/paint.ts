/** Colours for a terminal; plain text for everything else. */
import { styleText } from 'node:util';

type Style = 'red' | 'green' | 'yellow' | 'blue' | 'cyan' | 'gray' | 'bold';
export type Paint = (style: Style, text: string) => string;

const plain: Paint = (_, text) => text;
const colored: Paint = (style, text) => styleText(style, text, { validateStream: false });

/** https://no-color.org */
export const paintFor = (stream: NodeJS.WriteStream): Paint =>
  stream.isTTY === true && !process.env.NO_COLOR ? colored : plain;

const stateStyles: Readonly<Record<string, Style>> = {
  success: 'green',
  failed: 'red',
  upstream_failed: 'red',
  cancelled: 'yellow',
  up_for_retry: 'yellow',
  skipped: 'gray',
  pending: 'gray',
  running: 'cyan',
  queued: 'blue',
  scheduled: 'blue',
};

export const paintState = (paint: Paint, state: string, text = state): string =>
  paint(stateStyles[state] ?? 'bold', text);
