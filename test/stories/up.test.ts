/** `npm run up` from the outside: what it says when something must be changed first. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkout, portNear } from '../../cluster/places.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'skein-up-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function up(...args: readonly string[]) {
  const program = join(checkout, 'dist/cluster/up.js');
  const all = [program, '--data', join(folder, 'data'), ...args];
  const { status, stdout, stderr } = spawnSync(process.execPath, all, {
    encoding: 'utf8',
    timeout: 60_000,
  });
  return { status, stdout, stderr };
}

describe('up', () => {
  it.each([
    [['--nodes', '4'], '--nodes 4 is not possible: a cluster forms with 1, 3, 5 or 7 nodes\n'],
    [['--port', 'x'], '--port x is not a port: write a number from 1 to 65533\n'],
    [['--nodes', '1', '--kill-leader'], '--kill-leader needs somebody to take over'],
    [['--killleader'], "Unknown option '--killleader'; `npm run up -- --help` lists the options\n"],
    [['--once', '--no-demo'], '--once and --kill-leader are about the samples'],
  ])('refuses %j in one line', (args, line) => {
    const { status, stderr } = up(...args);
    expect(stderr).toContain(line);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(status).toBe(2);
  });

  it('says which port is taken, and what to do', async () => {
    const port = await portNear(0);
    const server = createServer();
    await new Promise<void>((done) => server.listen(port, '127.0.0.1', done));
    const { status, stderr } = up('--port', String(port));
    server.close();
    expect(stderr).toMatch(`port ${port} of 127.0.0.1 is taken`);
    expect(stderr).toMatch('--port');
    expect(status).toBe(2);
  });

  it('says that no NATS server answers', async () => {
    const port = await portNear(0);
    const { status, stderr } = up('--port', '28080', '--nats', `nats://127.0.0.1:${port}`);
    expect(stderr).toMatch(`no NATS server answers at nats://127.0.0.1:${port}`);
    expect(status).toBe(2);
  });

  it('refuses the data of a cluster of another size', () => {
    mkdirSync(join(folder, 'data'), { recursive: true });
    writeFileSync(join(folder, 'data', 'nodes'), '5\n');
    const { status, stderr } = up('--port', '28080');
    expect(stderr).toMatch('holds a cluster of 5 nodes: use --nodes 5, or another --data DIR');
    expect(status).toBe(2);
  });
});
