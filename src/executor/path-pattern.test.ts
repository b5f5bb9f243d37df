import { describe, expect, it } from 'vitest';
import { parsePath } from './path-pattern.ts';

const fits = (pattern: string, name: string): boolean => {
  const parsed = parsePath(`/${pattern}`);
  const [segment] = parsed.ok ? parsed.value : [];
  return segment?.kind === 'pattern' && segment.fits(name);
};

describe('paths with *', () => {
  it.each([
    ['*', 'orders.csv'],
    ['*.csv', 'orders.csv'],
    ['orders-*', 'orders-'],
    ['a*b*c', 'abc'],
    ['a*b*c', 'a-b-b-c'],
    ['*x*x*', 'axbxc'],
    ['.*', '.hidden'],
    ['a**z', 'az'],
  ])('%s fits %s', (pattern, name) => {
    expect(fits(pattern, name)).toBe(true);
  });

  it.each([
    ['*.csv', 'orders.json'],
    ['*', '.hidden'],
    ['*.csv', '.csv'],
    ['a*a', 'a'],
    ['a*b*c', 'a-c'],
    ['ab*bc', 'abc'],
    ['*x*x', 'ax'],
  ])('%s does not fit %s', (pattern, name) => {
    expect(fits(pattern, name)).toBe(false);
  });

  it('empty names and dots for "here" are passed over', () => {
    const parsed = parsePath('//data/./in/');
    expect(parsed).toMatchObject({ ok: true, value: [{ name: 'data' }, { name: 'in' }] });
  });

  it.each([['in/x'], [''], ['/'], ['/data/../etc/passwd'], ['/data/..'], ['/a\0b']])(
    '%j is refused',
    (path) => {
      expect(parsePath(path).ok).toBe(false);
    },
  );
});
