/** What keeps a task within its limits, and what its attempt is told to have taken. */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { getPriority } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { ProcessExit, ProcessSpec } from '../../src/base/ports.ts';
import { groupFiles } from '../../src/executor/processes/group-files.ts';
import { groupBases } from '../../src/executor/processes/group-host.ts';
import { allowedModes, marked, RealBench, type Run, until } from '../support/tasks/real-bench.ts';

const mib = 1024 * 1024;

const readText = (path: string): string | undefined =>
  existsSync(path) ? readFileSync(path, 'utf8') : undefined;

/** Whether this host gives its tests control groups, found without the code that is tested. */
const trial = new RealBench({});
const hasGroups = trial.real.limits !== 'prlimit' && trial.real.controllers.includes('memory');
const hasCounts = hasGroups && trial.real.controllers.includes('pids');
await trial.close();

async function exitOf(run: Run): Promise<ProcessExit> {
  const end = await run.ended();
  if (end.kind !== 'exited') throw new Error(JSON.stringify(end));
  return end;
}

/** A file of the group that the attempt lives in, read from outside. */
function groupFileOf(pid: number, controller: string, file: string): string | undefined {
  const line = (readText(`/proc/${pid}/cgroup`) ?? '')
    .split('\n')
    .find(
      (each) => each.split(':')[1]?.split(',').includes(controller) || each.startsWith('0::/skein'),
    );
  const path = line?.split(':').slice(2).join(':') ?? '';
  const point = groupBases(readText)[0]?.directories.get('memory');
  return point === undefined
    ? undefined
    : (readText(`/sys/fs/cgroup/${controller}${path}/${file}`) ??
        readText(`/sys/fs/cgroup${path}/${file}`));
}

/** Of this process: what it starts has at least that. */
const niceHere = getPriority();

/** A line of shell that takes processor time. */
const loopOf = (count: number): string => `i=0; while [ $i -lt ${count} ]; do i=$((i+1)); done`;

const hog = (bytes: number): Partial<ProcessSpec> => ({
  argv: ['python3', '-c', `x = bytearray(${bytes}); print(len(x))`],
});

describe.runIf(hasGroups).each(allowedModes)('limits by control groups (%s)', (mode) => {
  const bench = new RealBench({ containment: mode, helpers: 2 });
  afterAll(() => bench.close());

  it('end what takes more memory than its limit, say so, and leave others alone', async () => {
    const other = bench.run({ argv: ['sleep', '1000'] });
    const run = bench.run({ ...hog(256 * mib), limits: { memoryBytes: 64 * mib } });
    const end = await exitOf(run);
    expect(end).toMatchObject({ code: 137, signal: 9, met: 'memory' });
    expect(end.usage?.memoryBytesMax).toBeLessThanOrEqual(64 * mib);
    expect(end.usage?.memoryBytesMax).toBeGreaterThan(48 * mib);
    await run.swept();
    expect(other.events.map((event) => event.kind)).toEqual(['started']);
    // The limit went with the attempt.
    const next = await exitOf(bench.run(hog(100 * mib)));
    expect(next).toMatchObject({ code: 0 });
    expect(next.met).toBeUndefined();
    expect(next.usage?.memoryBytesMax).toBeGreaterThan(100 * mib);
    await other.swept();
  });

  it('tell a task that was killed for memory from one that killed itself', async () => {
    const run = bench.run({ argv: ['sh', '-c', 'kill -9 $$'], limits: { memoryBytes: 64 * mib } });
    const end = await exitOf(run);
    expect(end).toMatchObject({ code: 137, signal: 9 });
    expect(end.met).toBeUndefined();
  });

  it.runIf(hasCounts)('hold a fork bomb to its number of processes, and sweep it', async () => {
    const limits = { processes: 32, memoryBytes: 128 * mib };
    const held = bench.run({ argv: ['sleep', '1000'], limits });
    await until(() => held.events.length === 1 && marked(held.spec.key).length > 0);
    // First the proof that the limit is there: without it nobody would like what follows.
    expect(groupFileOf(marked(held.spec.key)[0]!, 'pids', 'pids.max')?.trim()).toMatch(/^3[23]$/);
    await held.swept();
    const bomb = 'i=0; while [ $i -lt 200 ]; do sleep 1000 & i=$((i+1)); done; wait';
    const run = bench.run({ argv: ['sh', '-c', bomb], limits });
    const end = await exitOf(run);
    expect(end).toMatchObject({ met: 'processes' });
    expect(run.stderr().toString()).toMatch(/fork/i);
    expect(marked(run.spec.key).length).toBeLessThanOrEqual(32);
    await run.swept();
    expect(marked(run.spec.key)).toEqual([]);
    expect((await bench.shell('exit 4')).events.at(-1)).toMatchObject({ code: 4 });
  });

  it('count processor time, memory and what went to the disk', async () => {
    const file = join(bench.folder, 'written');
    const write = `dd if=/dev/zero of=${file} bs=1M count=8 conv=fsync 2>/dev/null`;
    const run = await bench.shell(`${write}; ${loopOf(100_000)}`);
    const end = await exitOf(run);
    expect(end.usage?.cpuMs).toBeGreaterThan(20);
    expect(end.usage?.memoryBytesMax).toBeGreaterThan(mib / 2);
    expect(end.usage?.writtenBytes).toBeGreaterThanOrEqual(8 * mib);
    // Counts begin anew with each attempt.
    const next = await exitOf(await bench.shell('exit 0'));
    expect(next.usage?.cpuMs).toBeLessThan(end.usage!.cpuMs!);
    expect(next.usage?.writtenBytes).toBeLessThan(mib);
  });

  it('slow down what wants more processor time than its limit', async () => {
    const line = loopOf(100_000);
    const beginMs = performance.now();
    const run = bench.run({ argv: ['sh', '-c', line], limits: { cpuMilli: 200 } });
    const end = await exitOf(run);
    const tookMs = performance.now() - beginMs;
    // One period may be used up before the quota bites.
    expect(end.usage!.cpuMs! - 100).toBeLessThan(tookMs * 0.3);
  });

  it('give one that is paced as much as is said, and all of its limit again', async () => {
    const { spec, process, ...run } = bench.run({ argv: ['sh', '-c', 'while :; do :; done'] });
    await until(() => run.events.length === 1 && marked(spec.key).length > 0);
    const pid = marked(spec.key)[0]!;
    const quota = () => {
      const text = groupFileOf(pid, 'cpu', 'cpu.max');
      const [us, period] = text?.split(' ') ?? [
        groupFileOf(pid, 'cpu', 'cpu.cfs_quota_us'),
        groupFileOf(pid, 'cpu', 'cpu.cfs_period_us'),
      ];
      return Number(us) > 0 ? Number(us) / Number(period) : undefined;
    };
    expect(quota()).toBeUndefined();
    for (const milli of [500, 100, 20]) {
      process.pace?.(milli);
      expect(quota()).toBeCloseTo(milli / 1000);
    }
    process.pace?.(undefined);
    expect(quota()).toBeUndefined();
    process.pace?.(10);
    // Whoever has next to no time ends as soon as anybody when it is asked to.
    const askedMs = performance.now();
    process.signal('TERM');
    expect(await run.ended()).toMatchObject({ signal: 15 });
    expect(performance.now() - askedMs).toBeLessThan(5_000);
    await run.swept();
    const limited = bench.run({ argv: ['sleep', '1000'], limits: { cpuMilli: 300 } });
    await until(() => limited.events.length === 1 && marked(limited.spec.key).length > 0);
    limited.process.pace?.(1000);
    limited.process.pace?.(undefined);
    const [inside = 0] = marked(limited.spec.key);
    expect(
      groupFileOf(inside, 'cpu', 'cpu.max') ?? groupFileOf(inside, 'cpu', 'cpu.cfs_quota_us'),
    ).toMatch(/^30000/);
    await limited.swept();
  });
});

describe('limits of each process', () => {
  const bench = new RealBench({ helpers: 1 });
  afterAll(() => bench.close());

  it('hold for open files and for the size of a file', async () => {
    const limits = { openFiles: 64, fileBytes: 64 * 1024 };
    const run = bench.run({ argv: ['sh', '-c', 'ulimit -n; ulimit -f'], limits });
    await run.ended();
    expect(run.stdout().toString()).toBe('64\n128\n');
    const target = join(bench.folder, 'large');
    const large = bench.run({
      argv: ['dd', 'if=/dev/zero', `of=${target}`, 'bs=1M', 'count=1'],
      limits,
    });
    expect(await large.ended()).toMatchObject({ code: 153, signal: 25 });
  });
});

describe('without control groups', () => {
  const bench = new RealBench({ helpers: 1, cgroup: 'off' });
  afterAll(() => bench.close());

  it('say so, and limit the address space of each process', async () => {
    expect(bench.real).toMatchObject({ limits: 'prlimit', controllers: [] });
    expect((await bench.shell('nice')).stdout().toString()).toBe(`${niceHere + 5}\n`);
    const run = bench.run({ ...hog(256 * mib), limits: { memoryBytes: 128 * mib } });
    expect(await run.ended()).toMatchObject({ code: 1 });
    expect(run.stderr().toString()).toContain('MemoryError');
  });

  it('still count the processor time and the disk', async () => {
    const end = await exitOf(await bench.shell(loopOf(200_000)));
    expect(end.usage?.cpuMs).toBeGreaterThan(20);
    expect(end.usage).toMatchObject({ readBytes: expect.any(Number) });
    expect(end.usage?.memoryBytesMax).toBeUndefined();
  });
});

describe.runIf(process.getuid?.() === 0)('another user', () => {
  const user = { name: 'nobody', uid: 65_534, gid: 65_534 };
  const bench = new RealBench({ helpers: 1 });
  afterAll(() => bench.close());

  it('runs the task, with the groups of that user and no way back', async () => {
    const line = 'id -u; id -g; grep -E "^(NoNewPrivs|CapEff)" /proc/self/status; echo "$A"';
    const run = bench.run({
      argv: ['sh', '-c', line],
      env: { A: "it's", PATH: '/usr/bin:/bin' },
      user,
    });
    await run.ended();
    expect(run.stderr().toString()).toBe('');
    expect(run.stdout().toString()).toBe(
      "65534\n65534\nCapEff:\t0000000000000000\nNoNewPrivs:\t1\nit's\n",
    );
  });

  it('has no say in how it becomes that user', async () => {
    const preload = join(bench.folder, 'nothing.so');
    const run = bench.run({
      argv: ['true'],
      env: { LD_PRELOAD: preload, PATH: '/usr/bin:/bin' },
      user,
    });
    await run.ended();
    // One complaint: of `true`, not of the program that switches the user.
    const complaints =
      run
        .stderr()
        .toString()
        .match(/nothing\.so/g) ?? [];
    expect(complaints.length).toBeLessThanOrEqual(1);
  });
});

describe.runIf(hasGroups)('the groups of an executor', () => {
  /** Directories of the groups of `owner`, in whatever hierarchy. */
  const groupsOf = (owner: string): readonly string[] =>
    groupBases(readText)
      .flatMap((base) => [...new Set(base.directories.values())])
      .flatMap((directory) =>
        readdirSync(directory)
          .filter((name) => name.startsWith(`skein.${owner}.`))
          .map((name) => join(directory, name)),
      );

  it('are gone when it is closed', async () => {
    const owner = `closed-${process.pid}`;
    const bench = new RealBench({ owner });
    await bench.shell('sleep 1000 &');
    expect(groupsOf(owner).length).toBeGreaterThan(0);
    await bench.close();
    expect(groupsOf(owner)).toEqual([]);
  });

  it('of an earlier life are removed at the start, with what is left in them', async () => {
    const owner = `earlier-${process.pid}`;
    const [base] = groupBases(readText);
    const left = [...new Set(base!.directories.values())].map((directory) => {
      mkdirSync(join(directory, `skein.${owner}.0-0-1`));
      mkdirSync(join(directory, `skein.${owner}.0-0-1`, '1'));
      return join(directory, `skein.${owner}.0-0-1`);
    });
    const stray = spawn('sleep', ['1000'], { stdio: 'ignore' });
    for (const parent of left) writeFileSync(join(parent, '1', 'cgroup.procs'), String(stray.pid));
    const bench = new RealBench({ owner });
    await until(() => left.every((parent) => !existsSync(parent)));
    await until(() => stray.signalCode === 'SIGKILL');
    expect((await bench.shell('exit 6')).events.at(-1)).toMatchObject({ code: 6 });
    await bench.close();
  });

  it('leave a helper alone that has held little, and replace one that holds much', async () => {
    const bench = new RealBench({ helpers: 1 });
    const parentOf = async (line: string): Promise<string> => {
      const run = await bench.shell(`${line}; cat /proc/self/cgroup`);
      await run.swept();
      return run.stdout().toString();
    };
    // At the start more than one helper may come up; then the one that was used last is used again.
    let before = await parentOf('true');
    for (let isSame = false; !isSame; ) {
      const now = await parentOf('true');
      isSame = now === before;
      before = now;
    }
    const file = join(bench.folder, 'held');
    const soiled = await parentOf(`dd if=/dev/zero of=${file} bs=1M count=32 2>/dev/null`);
    // What the file took of memory counts for the group of its writer.
    for (let i = 0; i < 3; i++) expect(await parentOf('true')).not.toBe(soiled);
    await bench.close();
  });
});

it('files of groups: limits are written alike in both versions', () => {
  const values = (version: 1 | 2) =>
    Object.fromEntries(
      groupFiles[version]
        .limits({ cpuMilli: 1500, cpuShareMilli: 250, memoryBytes: 64 * mib, processes: 33 })
        .map(({ file, value }) => [file, value]),
    );
  expect(values(2)).toMatchObject({
    'memory.max': String(64 * mib),
    'memory.swap.max': '0',
    'cpu.max': '150000 100000',
    'cpu.weight': '25',
    'pids.max': '33',
  });
  expect(values(1)).toMatchObject({
    'memory.limit_in_bytes': String(64 * mib),
    'memory.memsw.limit_in_bytes': String(64 * mib),
    'cpu.cfs_quota_us': '150000',
    'cpu.shares': '256',
    'pids.max': '33',
  });
});
