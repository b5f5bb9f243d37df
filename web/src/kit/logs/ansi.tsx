/** ANSI colours as text nodes in spans; whatever a task writes, nothing of it becomes HTML. */
import Anser, { type AnserJsonEntry } from 'anser';
import { memo } from 'react';
import { type LogLine, onlyColours } from './log-buffer.ts';

/** Readable on light and on dark. */
const named: Readonly<Record<string, string>> = {
  '0, 0, 0': 'light-dark(#1f2328, #8b949e)',
  '187, 0, 0': 'light-dark(#b42318, #ff7b72)',
  '0, 187, 0': 'light-dark(#116329, #4ac686)',
  '187, 187, 0': 'light-dark(#7d4e00, #e3b341)',
  '0, 0, 187': 'light-dark(#0550ae, #79c0ff)',
  '187, 0, 187': 'light-dark(#8250df, #d2a8ff)',
  '0, 187, 187': 'light-dark(#0b6b74, #56d4dd)',
  '255,255,255': 'light-dark(#57606a, #f0f6fc)',
  '255, 255, 255': 'light-dark(#57606a, #f0f6fc)',
  '85, 85, 85': 'light-dark(#57606a, #8b949e)',
  '255, 85, 85': 'light-dark(#cf222e, #ffa198)',
  '0, 255, 0': 'light-dark(#1a7f37, #56d364)',
  '255, 255, 85': 'light-dark(#9a6700, #e3b341)',
  '85, 85, 255': 'light-dark(#0969da, #79c0ff)',
  '255, 85, 255': 'light-dark(#8250df, #d2a8ff)',
  '85, 255, 255': 'light-dark(#1b7c83, #56d4dd)',
};

const colourOf = (rgb: string | null): string | undefined =>
  rgb ? (named[rgb] ?? `rgb(${rgb})`) : undefined;

const spanOf = (part: AnserJsonEntry, index: number) => {
  const { fg, bg, decorations, content } = part;
  const className = decorations.map((each) => `ansi-${each}`).join(' ');
  // Colours of one's own choice on a background come as they are: they belong together.
  const color = bg ? `rgb(${fg || (isLight(bg) ? '0,0,0' : '255,255,255')})` : colourOf(fg);
  const background = bg ? `rgb(${bg})` : undefined;
  return (
    <span key={`${index}`} className={className} style={{ color, background }}>
      {content}
    </span>
  );
};

const isLight = (rgb: string): boolean => {
  const [red = 0, green = 0, blue = 0] = rgb.split(',').map(Number);
  return red * 0.3 + green * 0.6 + blue * 0.1 > 128;
};

export const AnsiText = memo(function AnsiText({ line }: { readonly line: LogLine }) {
  const text = onlyColours(line.text);
  if (line.style === '' && !text.includes('\u001b')) return <span>{text}</span>;
  const parts = Anser.ansiToJson(line.style + text, { remove_empty: true, json: true });
  return <span>{parts.map(spanOf)}</span>;
});
