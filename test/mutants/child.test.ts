import { describe, expect, it } from 'vitest';
import { runChild } from './child.ts';

const node = (script: string, limitMs = 20_000) =>
  runChild([process.execPath, '--eval', script], { cwd: '.', limitMs });

const busy = 'while (process.cpuUsage().user < 400_000);';

describe('a child process', () => {
  it('tells how it ended and what it said', async () => {
    const end = await node('console.log("out"); console.error("err"); process.exit(3)');
    expect(end).toMatchObject({ exitCode: 3 });
    expect(end.output).toContain('out');
    expect(end.output).toContain('err');
  });

  it('tells the processor time that it took, and not the time that it waited', async () => {
    const worked = await node(busy);
    const waited = await node('setTimeout(() => {}, 400)');
    expect(worked.cpuMs).toBeGreaterThanOrEqual(400);
    expect(waited.cpuMs).toBeLessThan(worked.cpuMs);
  });

  it('is stopped when its time is up, and has no exit code then', async () => {
    const end = await node(`console.log("begun"); for (;;);`, 500);
    expect(end.exitCode).toBeUndefined();
  });
});
