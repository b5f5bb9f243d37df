import { describe, expect, it } from 'vitest';
import { exceptionName } from './exception-name.ts';

const nameIn = (text: string): string | null => exceptionName(new TextEncoder().encode(text));

const frame = '  File "/data/main.py", line 3, in <module>\n    load()\n';

describe('names of exceptions', () => {
  it.each([
    ['ValueError: 3 is too many', 'ValueError'],
    ['KeyboardInterrupt', 'KeyboardInterrupt'],
    ['requests.exceptions.ConnectionError: refused', 'ConnectionError'],
    ['__main__.Müde: morgen', 'Müde'],
    ['AssertionError\n', 'AssertionError'],
  ])('%s is %s', (last, name) => {
    expect(nameIn(`Traceback (most recent call last):\n${frame}${last}`)).toBe(name);
  });

  it('of chained exceptions the last one counts, however long its message', () => {
    const first = `Traceback (most recent call last):\n${frame}KeyError: 'a'\n`;
    const link = '\nDuring handling of the above exception, another exception occurred:\n\n';
    const last = `${frame}pkg.LoadError: no rows\nsecond line: of the message\n`;
    expect(nameIn(`${first}${link}Traceback (most recent call last):\n${last}`)).toBe('LoadError');
  });

  it('a syntax error has no frame of its own, but a file', () => {
    const text = '  File "main.py", line 1\n    load(\n        ^\nSyntaxError: was never closed\n';
    expect(nameIn(text)).toBe('SyntaxError');
  });

  it('the tail may begin within the traceback', () => {
    expect(nameIn(`od>\n    x()\n${frame}OSError: [Errno 28] no space\n`)).toBe('OSError');
  });

  it.each([
    [''],
    ['could not connect: refused'],
    [frame],
    [`${frame}!!! not a name`],
    [`${frame}${'x'.repeat(200)}: too long`],
  ])('%j names none', (text) => {
    expect(nameIn(text)).toBeNull();
  });
});
