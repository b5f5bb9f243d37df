/**
 * A real Docker engine for tests: the daemon of Debian's `docker.io`, as root, with everything that
 * it keeps in a directory of its own. It makes no network (so no firewall rules of the machine are
 * touched), and no image comes from a registry: the one that there is, is busybox.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Dockerode from 'dockerode';
import { findPrograms } from './debian-programs.ts';
import { readProcess } from './tasks/real-bench.ts';

const startMsMax = 60_000;

export const busyboxImage = 'skein-busybox:1';

export interface DockerPrograms {
  readonly dockerd: string;
  readonly busybox: string;
}

/** Undefined where it cannot be had, or where it would not run: it needs root. */
export function findDocker(): DockerPrograms | undefined {
  if (process.getuid?.() !== 0) {
    if (process.env.CI !== undefined) throw new Error('CI must run as root, to start dockerd');
    console.warn('\n*** dockerd needs root: the tests against a real engine are left out ***\n');
    return undefined;
  }
  const found = findPrograms({
    programs: ['dockerd', 'containerd', 'runc', 'busybox'],
    packages: ['docker.io', 'busybox-static'],
  });
  const [dockerd, , , busybox] = found ?? [];
  return dockerd === undefined || busybox === undefined ? undefined : { dockerd, busybox };
}

export class DockerEngine {
  readonly #programs: DockerPrograms;
  readonly #root = mkdtempSync(join(tmpdir(), 'skein-docker-'));
  readonly socket = join(this.#root, 'engine.sock');
  readonly host = `unix://${this.socket}`;
  readonly client = new Dockerode({ socketPath: this.socket });
  #daemon: ChildProcess | undefined;
  #gone: Promise<void> = Promise.resolve();
  #said = '';

  constructor(programs: DockerPrograms) {
    this.#programs = programs;
  }

  /** Starts the daemon, also one that was killed; its containers and images are still there. */
  async start(): Promise<void> {
    rmSync(join(this.#root, 'engine.pid'), { force: true });
    // The machine's own configuration is for its own daemon.
    const config = join(this.#root, 'engine.json');
    writeFileSync(config, '{}');
    const daemon = spawn(
      this.#programs.dockerd,
      [
        ...['--data-root', join(this.#root, 'data'), '--exec-root', join(this.#root, 'exec')],
        ...['--pidfile', join(this.#root, 'engine.pid'), '--host', this.host],
        ...['--storage-driver', 'vfs', '--bridge', 'none', '--iptables=false'],
        ...['--config-file', config, '--shutdown-timeout', '1'],
      ],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    );
    const note = (text: Buffer): void => {
      this.#said = (this.#said + String(text)).slice(-20_000);
    };
    daemon.stdout.on('data', note);
    daemon.stderr.on('data', note);
    this.#daemon = daemon;
    this.#gone = new Promise((resolve) => daemon.once('exit', () => resolve()));
    const deadline = performance.now() + startMsMax;
    while (!(await this.#answers())) {
      if (daemon.exitCode !== null || performance.now() > deadline) {
        throw new Error(`dockerd does not start:\n${this.#said}`);
      }
      await new Promise((wake) => setTimeout(wake, 50));
    }
  }

  async importBusybox(): Promise<void> {
    const [repo, tag] = busyboxImage.split(':');
    const tar = makeBusyboxTar(this.#programs.busybox, this.#root);
    const progress = await this.client.importImage(tar, { repo, tag });
    await new Promise((done) => this.client.modem.followProgress(progress, done));
  }

  /** As a machine does that runs out of memory. Its containers go on. */
  async kill(): Promise<void> {
    this.#daemon?.kill('SIGKILL');
    await this.#gone;
    this.#endContainerd();
  }

  async stop(): Promise<void> {
    this.#daemon?.kill('SIGTERM');
    await this.#gone;
    this.#endContainerd();
    // After a clean end nothing of this is there any more.
    for (const pid of this.#processes()) process.kill(pid, 'SIGKILL');
    for (const path of this.#mounts()) execFileSync('umount', ['--lazy', path]);
    rmSync(this.#root, { recursive: true, force: true });
  }

  /** The next daemon waits for the one that its pid file names, be it dead. */
  #endContainerd(): void {
    const file = join(this.#root, 'exec/containerd/containerd.pid');
    try {
      process.kill(Number(readFileSync(file, 'utf8')), 'SIGKILL');
    } catch {
      // It has ended with its daemon.
    }
    rmSync(file, { force: true });
  }

  #processes(): readonly number[] {
    return readdirSync('/proc').flatMap((name) => {
      if (!/^\d+$/.test(name)) return [];
      const isOurs = readProcess(Number(name), 'cmdline').includes(this.#root);
      return isOurs ? [Number(name)] : [];
    });
  }

  /** The innermost first. */
  #mounts(): readonly string[] {
    return readFileSync('/proc/self/mounts', 'utf8')
      .split('\n')
      .map((line) => line.split(' ')[1] ?? '')
      .filter((path) => path.startsWith(`${this.#root}/`))
      .reverse();
  }

  #answers(): Promise<boolean> {
    const socket = createConnection(this.socket);
    return new Promise((resolve) => {
      socket.once('error', () => resolve(false));
      socket.once('connect', () => socket.write('GET /_ping HTTP/1.0\r\nHost: engine\r\n\r\n'));
      socket.once('data', (bytes) => {
        socket.destroy();
        resolve(bytes.toString('latin1').includes(' 200 '));
      });
      socket.once('close', () => resolve(false));
    });
  }
}

/** The image of all tests, made of one program; the path of its archive in `folder`. */
function makeBusyboxTar(busybox: string, folder: string): string {
  const root = join(folder, 'image');
  mkdirSync(join(root, 'bin'), { recursive: true });
  mkdirSync(join(root, 'tmp'));
  copyFileSync(busybox, join(root, 'bin/busybox'));
  const applets = execFileSync(busybox, ['--list'], { encoding: 'utf8' });
  for (const name of applets.trim().split('\n')) {
    if (name !== 'busybox') symlinkSync('busybox', join(root, 'bin', name));
  }
  const tar = join(folder, 'image.tar');
  execFileSync('tar', ['-C', root, '-cf', tar, '.']);
  return tar;
}
