import { describe, expect, it } from 'vitest';
import { cutShortMark, leftOutMark } from '../../../../src/model/log-marks.ts';
import { LogBuffer, logLimits, onlyColours, withoutAnsi } from './log-buffer.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

function bufferOf(...pieces: readonly string[]): LogBuffer {
  const buffer = new LogBuffer();
  for (const piece of pieces) buffer.append(bytes(piece));
  return buffer;
}

const texts = (buffer: LogBuffer): readonly (string | undefined)[] =>
  Array.from({ length: buffer.count }, (_, index) => buffer.line(index)?.text);

describe('the lines of a log', () => {
  it('are put together from pieces, with the last one open', () => {
    expect(texts(bufferOf('one\ntw', 'o\nthr'))).toEqual(['one', 'two', 'thr']);
  });

  it('keep characters whole whose bytes come apart', () => {
    const buffer = new LogBuffer();
    const all = bytes('日本\n');
    buffer.append(all.slice(0, 4));
    buffer.append(all.slice(4));
    expect(texts(buffer)).toEqual(['日本']);
    expect(buffer.offset).toBe(7);
  });

  it('show of a line that was written over what stood there last', () => {
    expect(texts(bufferOf('10%\r50%\r100%\r\nend\r\n'))).toEqual(['100%', 'end']);
  });

  it('carry colours on to the next line until they are taken back', () => {
    const buffer = bufferOf('\u001b[31mred\nstill\u001b[0m\nplain\n');
    const styles = [0, 1, 2].map((index) => buffer.line(index)?.style);
    expect(styles).toEqual(['', '\u001b[31m', '']);
  });

  it('know the words of Skein itself, and where the log goes on behind them', () => {
    const buffer = bufferOf('abc\n', leftOutMark({ bytes: 5_000, limitBytes: 1_048_576 }), 'xyz\n');
    expect(texts(buffer)).toEqual([
      'abc',
      '[skein: 5000 bytes left out here; the limit is 1 MiB a stream]',
      'xyz',
    ]);
    expect(buffer.line(1)?.isMark).toBe(true);
    expect(buffer.offset).toBe(4 + 5_000 + 4);
    expect(bufferOf('a\n', cutShortMark('n1', 'n2')).line(1)?.isMark).toBe(true);
    expect(bufferOf('[skein: fake]\n').line(0)?.isMark).toBe(false);
  });

  it('are bounded: the oldest go first', () => {
    const buffer = new LogBuffer();
    for (let at = 0; at < 210; at += 1) buffer.append(bytes('x\n'.repeat(1_000)));
    buffer.append(bytes('last\n'));
    expect(buffer.count).toBe(logLimits.linesMax);
    expect(buffer.dropped).toBe(210_001 - logLimits.linesMax);
    expect(buffer.line(buffer.count - 1)?.text).toBe('last');
  });

  it('are found by words, whatever their case and colour', () => {
    const buffer = bufferOf('one\n\u001b[1mER\u001b[0mror\nthree error\n');
    expect(buffer.find('error')).toEqual([1, 2]);
    expect(buffer.find('')).toEqual([]);
  });

  it('can do nothing to the reader: all but colours becomes visible or goes', () => {
    expect(onlyColours('a\u001b[2Jb\u001b]0;title\u0007c\u0000\u001b[31md')).toBe(
      'abc␀\u001b[31md',
    );
    expect(withoutAnsi('\u001b[1;31mx\u001b[0m')).toBe('x');
  });
});
