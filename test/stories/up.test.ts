/** `npm run up` from the outside: what it says when something must be changed first. */
import { spawn, spawnSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkout, freePorts, isPortFree, portNear } from '../../cluster/places.ts';
import { until } from '../../cluster/problem.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'skein-up-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const program = join(checkout, 'dist/cluster/up.js');
const skein = join(checkout, 'bin/skein');

function up(...args: readonly string[]) {
  const all = [program, '--data', join(folder, 'data'), ...args];
  const { status, stdout, stderr } = spawnSync(process.execPath, all, {
    encoding: 'utf8',
    timeout: 60_000,
  });
  return { status, stdout, stderr };
}

/** Command lines of living processes that name `text`. */
const processesOf = (text: string): readonly string[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
      } catch {
        return '';
      }
    })
    .filter((line) => line.includes(text));

describe('up', () => {
  it('is a command of skein as well', () => {
    const { stdout } = spawnSync(process.execPath, [skein, 'up', '--help'], { encoding: 'utf8' });
    expect(stdout).toContain('--kill-leader');
  });

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

  it('runs the samples to their end, across the death of a leader', () => {
    const data = join(folder, 'samples');
    const args = ['--once', '--kill-leader', '--port', '28180', '--data', data];
    const { status, stdout, stderr } = up(...args);
    expect(stderr).toBe('');
    expect(stdout).toMatch(/Killing the leader, n\d \(process \d+\), with SIGKILL\./);
    expect(stdout).toMatch(/n\d leads and has answered after \d/);
    expect(stdout).toMatch(/^data_pipeline ended: success/m);
    expect(stdout).toMatch(/^dwh_etl_pipeline ended: success/m);
    expect(status).toBe(0);
    // Readable by its owner alone.
    expect(statSync(join(data, 'secret')).mode & 0o777).toBe(0o600);
  });

  it('ends in order on Ctrl-C, and leaves nothing behind', async () => {
    const [port] = await freePorts(1);
    const data = join(folder, 'interrupted');
    const args = ['--no-demo', '--nodes', '1', '--port', String(port), '--data', data];
    const child = spawn(process.execPath, [program, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
    let said = '';
    child.stdout.on('data', (bytes) => {
      said += String(bytes);
    });
    const patience = { withinMs: 30_000, everyMs: 20 };
    await until('the cluster', patience, () => said.includes('The cluster is up') || undefined);
    child.kill('SIGINT');
    expect(await ended).toBe(0);
    expect(await isPortFree(port!)).toBe(true);
    expect(processesOf(data)).toEqual([]);
  });
});
