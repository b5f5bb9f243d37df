import { describe, expect, it } from 'vitest';
import { readChaosOptions } from './options.ts';

describe('chaos options', () => {
  it('without any, all faults for five minutes on three nodes', () => {
    const read = readChaosOptions([]);
    expect(read).toMatchObject({ ok: true, value: { mode: 'mixed', minutes: 5, nodes: 3 } });
  });

  it('flips or truncations choose damage, --power-loss chooses power', () => {
    expect(readChaosOptions(['--flips', '3'])).toMatchObject({
      value: { mode: 'flips', flips: 3 },
    });
    expect(readChaosOptions(['--power-loss'])).toMatchObject({ value: { mode: 'power-loss' } });
  });

  it('says in one line what is wrong', () => {
    for (const args of [['--nodes', '4'], ['--minutes', 'x'], ['--seed', '-1'], ['--what']]) {
      const read = readChaosOptions(args);
      expect(read.ok).toBe(false);
      if (!read.ok) expect(read.error).not.toContain('\n');
    }
  });
});
