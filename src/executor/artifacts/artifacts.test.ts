import { createHash } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { s3Server } from '../../../test/support/s3-server.ts';
import type { Sender, Wire } from '../../actors/wire.ts';
import { incarnation, nodeId, runId, term, wallMs } from '../../base/brand.ts';
import { decode, encode } from '../../base/codec.ts';
import type { Result } from '../../base/result.ts';
import type { Artifact, ArtifactInput } from '../../model/artifact.ts';
import type { ArtifactRuns, RunFate } from '../../model/artifact-protocol.ts';
import type { Dispatch } from '../../model/protocol.ts';
import { realClock } from '../../node/real-ports.ts';
import type { ArtifactFlaw } from '../attempt-artifacts.ts';
import { openObjectStore } from '../object-store.ts';
import { dispatchOf } from '../testing/executor-story.ts';
import { ArtifactDesk } from './desk.ts';
import { type ArtifactSettings, artifactSettings } from './limits.ts';
import { RemoteObjects } from './remote.ts';

type Receive = (message: unknown, from: Sender) => void;

interface Node {
  readonly desk: ArtifactDesk;
  readonly dataDir: string;
  readonly listeners: Map<string, Receive>;
}

let root = '';
let nodes = new Map<string, Node>();
let down = new Set<string>();
let loses: (kind: string) => boolean = () => false;
/** What peers say of runs. */
let fate: RunFate = { status: 'alive' };

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'skein-artifacts-'));
  nodes = new Map();
  down = new Set();
  loses = () => false;
  fate = { status: 'alive' };
});
afterEach(() => {
  for (const { desk } of nodes.values()) desk.stop();
  rmSync(root, { recursive: true, force: true });
});

function start(
  name: string,
  settings: Partial<ArtifactSettings> = {},
  remote?: RemoteObjects,
): Node {
  const dataDir = join(root, name);
  const listeners = new Map<string, Receive>();
  const self: Sender = { node: nodeId(name), side: 'executor', incarnation: incarnation(name) };
  const wire: Wire = {
    self,
    send: (to, _inbox, _lane, message) => {
      const named: readonly string[] = typeof to === 'string' ? [to] : to;
      const all = to === 'all' ? [...nodes.keys()].filter((each) => each !== name) : named;
      for (const each of all) deliver(self, each, message);
    },
    listen: (inbox, receive) => {
      listeners.set(inbox, receive);
      return { cancel: () => void listeners.delete(inbox) };
    },
  };
  const parts = { wire, clock: realClock, dataDir, trace: () => {} };
  const all = { ...artifactSettings, minFreeBytes: 0, ...settings };
  const desk = new ArtifactDesk({ ...parts, settings: all, ...(remote && { remote }) });
  const node = { desk, dataDir, listeners };
  nodes.set(name, node);
  return node;
}

function deliver(from: Sender, to: string, message: unknown): void {
  const bytes = encode(message);
  const { kind } = message as { kind: string };
  if (kind === 'artifact-runs') {
    // To the peer of the same node.
    const { requestId, runs } = message as ArtifactRuns;
    const answer = { kind: 'artifact-run-fates', requestId, fates: runs.map(() => fate) };
    const peer = { ...from, side: 'peer' } as const;
    realClock.soon(() => nodes.get(from.node)?.listeners.get('artifacts')?.(answer, peer));
    return;
  }
  if (down.has(from.node) || down.has(to) || loses(kind)) return;
  realClock.soon(() => {
    if (to !== from.node) nodes.get(to)?.listeners.get('artifacts')?.(decode(bytes), from);
  });
}

/** The leader answers a heartbeat of this node. */
function peers(name: string, others: readonly string[]): void {
  nodes.get(name)!.desk.heardLeader({
    ...{ kind: 'heartbeat-answer', term: term(1), incarnation: incarnation(name) },
    ...{ seq: 1, leaseMs: 1000, logPeers: others.map(nodeId) },
  });
}

function write(path: string, content: string | Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}

const digestOf = (content: string | Uint8Array): string =>
  createHash('sha256').update(content).digest('hex');

const objectOn = (name: string, sha256: string): string =>
  join(root, name, 'artifacts/objects', sha256.slice(0, 2), sha256);

let tokens = 0;
const attempt = (about: Partial<Dispatch> = {}): Dispatch => ({
  ...dispatchOf('a', ++tokens),
  ...about,
});

/** A task of node `name` ends with these files. */
function keep(
  name: string,
  artifacts: Readonly<Record<string, string>>,
  dispatch = attempt(),
): Promise<Result<readonly Artifact[], ArtifactFlaw>> {
  const directory = join(root, 'work');
  mkdirSync(directory, { recursive: true });
  return new Promise((done) => {
    nodes.get(name)!.desk.keep({ ...dispatch, artifacts }, { directory }, done);
  });
}

async function kept(name: string, path: string, content: string | Uint8Array): Promise<Artifact> {
  write(join(root, 'work', path), content);
  const result = await keep(name, { it: path });
  if (!result.ok) throw new Error(result.error.message);
  return result.value[0]!;
}

/** A task of node `name` begins with this input. */
function bring(
  name: string,
  artifact: Artifact,
  path = 'in/it',
): Promise<ArtifactFlaw | undefined> {
  const input: ArtifactInput = { ...artifact, path };
  const directory = join(root, `${name}-work`);
  mkdirSync(directory, { recursive: true });
  return new Promise((done) => {
    const place = { directory, user: undefined };
    nodes.get(name)!.desk.bring(attempt({ inputs: [input] }), place, done);
  });
}

const given = (name: string, path = 'in/it'): string =>
  readFileSync(join(root, `${name}-work`, path), 'utf8');

const until = async (condition: () => boolean): Promise<void> => {
  while (!condition()) await new Promise((next) => setTimeout(next, 5));
};

test('artifacts: a file lies on two nodes, and is given to a task on a third', async () => {
  for (const name of ['n1', 'n2', 'n3']) start(name);
  peers('n1', ['n2']);
  const content = 'x'.repeat(3_000_000);
  const artifact = await kept('n1', 'out/model.bin', content);
  expect(artifact).toEqual({
    ...{ name: 'it', kind: 'file', sha256: digestOf(content), bytes: content.length },
    nodes: ['n1', 'n2'],
  });
  expect(readFileSync(objectOn('n2', artifact.sha256), 'utf8')).toBe(content);
  down.add('n1');
  expect(await bring('n3', artifact)).toBeUndefined();
  expect(given('n3')).toBe(content);
});

test('artifacts: a folder is packed, and given as a folder', async () => {
  start('n1');
  write(join(root, 'work/reports/a.txt'), 'A');
  write(join(root, 'work/reports/b/c.txt'), 'C');
  const result = await keep('n1', { reports: 'reports/' });
  const [artifact] = result.ok ? result.value : [];
  expect(artifact).toMatchObject({ name: 'reports', kind: 'folder', nodes: ['n1'] });
  expect(await bring('n1', artifact!, 'given')).toBeUndefined();
  expect(given('n1', 'given/b/c.txt')).toBe('C');
});

test('artifacts: what a task does to its input does not reach the store', async () => {
  start('n1');
  const artifact = await kept('n1', 'a', 'before');
  await bring('n1', artifact);
  const place = join(root, 'n1-work/in/it');
  chmodSync(place, 0o600);
  writeFileSync(place, 'after');
  expect(readFileSync(objectOn('n1', artifact.sha256), 'utf8')).toBe('before');
});

test('artifacts: what is missing, or too large, or no folder, is said', async () => {
  start('n1', { maxBytes: 10, attemptBytes: 12 });
  write(join(root, 'work/large'), 'x'.repeat(11));
  write(join(root, 'work/some'), 'x'.repeat(8));
  write(join(root, 'work/more'), 'y'.repeat(8));
  const flawOf = async (artifacts: Readonly<Record<string, string>>) => {
    const result = await keep('n1', artifacts);
    return result.ok ? undefined : `${result.error.errorClass}: ${result.error.message}`;
  };
  expect(await flawOf({ a: 'none' })).toBe(
    'artifact_missing: its artifact "a" (none) is not there: the task has not written it',
  );
  expect(await flawOf({ a: 'large' })).toMatch(/^artifact_invalid: .* is larger than 10/);
  expect(await flawOf({ a: 'some', b: 'more' })).toMatch(/"b" \(more\) is larger than 4/);
  expect(await flawOf({ a: 'some/' })).toMatch(/is no folder/);
});

test('artifacts: a link that leaves the working directory is not followed', async () => {
  start('n1');
  write(join(root, 'secret'), 'secret');
  write(join(root, 'work/inside'), 'inside');
  symlinkSync('../secret', join(root, 'work/out'));
  symlinkSync(root, join(root, 'work/folder'));
  symlinkSync('inside', join(root, 'work/fine'));
  for (const path of ['out', 'folder', 'folder/secret']) {
    const result = await keep('n1', { a: path });
    expect(result.ok ? 'kept' : result.error.message).toMatch(/is not a file or a folder of its/);
  }
  expect((await keep('n1', { a: 'fine' })).ok).toBe(true);
});

test('artifacts: the same content is kept once, whoever leaves it', async () => {
  start('n1');
  const one = await kept('n1', 'a', 'same');
  const two = await kept('n1', 'b', 'same');
  expect(two.sha256).toBe(one.sha256);
  expect(nodes.get('n1')!.desk.status().bytes).toBe(4);
});

test('artifacts: a store that is full refuses, and says so', async () => {
  start('n1', { capacityBytes: 100 });
  await kept('n1', 'a', 'x'.repeat(80));
  write(join(root, 'work/b'), 'y'.repeat(80));
  const result = await keep('n1', { b: 'b' });
  expect(result.ok ? '' : result.error.message).toMatch(/the artifact store of this node is full/);
  expect(nodes.get('n1')!.desk.status().bytes).toBe(80);
  expect(readdirSync(join(root, 'n1/artifacts/temp'))).toEqual([]);
});

test('artifacts: a node that cannot keep a copy leaves it to the next one', async () => {
  start('n1');
  start('n2', { capacityBytes: 1 });
  start('n3');
  peers('n1', ['n2', 'n3']);
  expect((await kept('n1', 'a', 'content')).nodes).toEqual(['n1', 'n3']);
});

test('artifacts: a damaged copy is dropped where it lies, and the next one is taken', async () => {
  for (const name of ['n1', 'n2', 'n3']) start(name);
  peers('n1', ['n2']);
  const artifact = await kept('n1', 'a', 'content');
  nodes.get('n1')!.desk.stop();
  // A new life has looked through nothing yet.
  start('n1');
  writeFileSync(objectOn('n1', artifact.sha256), 'CONTENT');
  expect(await bring('n3', { ...artifact, nodes: [nodeId('n1')] })).toBeUndefined();
  expect(given('n3')).toBe('content');
  expect(existsSync(objectOn('n1', artifact.sha256))).toBe(false);
});

test('artifacts: a copy of another size or digest than was promised is not taken', async () => {
  start('n1');
  start('n2');
  const artifact = await kept('n1', 'a', 'content');
  const lie = { ...artifact, sha256: digestOf('other') };
  mkdirSync(dirname(objectOn('n1', lie.sha256)), { recursive: true });
  writeFileSync(objectOn('n1', lie.sha256), 'content');
  expect((await bring('n2', lie))?.message).toMatch(/is on no node that can be reached/);
  expect(existsSync(objectOn('n2', lie.sha256))).toBe(false);
});

test('artifacts: pieces that are lost are asked for again', async () => {
  start('n1');
  start('n2');
  const artifact = await kept('n1', 'a', new Uint8Array(1_000_000).fill(7));
  let pieces = 0;
  loses = (kind) => kind === 'artifact-piece' && ++pieces === 4;
  expect(await bring('n2', artifact)).toBeUndefined();
  expect(given('n2')).toHaveLength(1_000_000);
});

test('artifacts: tasks that want the same object at once fetch it once', async () => {
  start('n1');
  start('n2');
  const artifact = await kept('n1', 'a', new Uint8Array(1_000_000).fill(7));
  const paths = ['a', 'b', 'c', 'd'];
  const flaws = await Promise.all(paths.map((path) => bring('n2', artifact, path)));
  expect(flaws).toEqual(paths.map(() => undefined));
  expect(nodes.get('n2')!.desk.status().fetchedBytes).toBe(1_000_000);
});

test('artifacts: what nobody has is said, with where it was', async () => {
  start('n1');
  start('n2');
  const artifact = await kept('n1', 'a', 'content');
  down.add('n1');
  expect(await bring('n2', artifact)).toEqual({
    message: 'its input "in/it" is on no node that can be reached (it was on n1)',
    errorClass: 'artifact_unavailable',
  });
});

test('artifacts: a second name of a file of somebody else is no artifact', async () => {
  start('n1');
  write(join(root, 'theirs'), 'secret');
  mkdirSync(join(root, 'work'), { recursive: true });
  linkSync(join(root, 'theirs'), join(root, 'work/mine'));
  // Without root there is nobody else to be, and what is one's own may be left.
  const isRoot = process.getuid?.() === 0;
  if (isRoot) chownSync(join(root, 'theirs'), 65_534, 65_534);
  expect((await keep('n1', { a: 'mine' })).ok).toBe(!isRoot);
});

test('artifacts: objects go when their run has ended long ago, and not before', async () => {
  start('n1', { keepMs: 2_000 });
  const artifact = await kept('n1', 'a', 'content');
  const object = objectOn('n1', artifact.sha256);
  const { id } = attempt();
  const refs = join(root, 'n1/artifacts/refs', id.namespace, id.runId);
  const long = new Date(Date.now() - 3_600_000);
  const age = (): void => {
    for (const path of [object, refs]) if (existsSync(path)) utimesSync(path, long, long);
  };
  age();
  const { desk } = nodes.get('n1')!;
  await desk.sweep();
  fate = { status: 'ended', endedAt: wallMs(Date.now()) };
  await desk.sweep();
  expect(existsSync(object)).toBe(true);
  fate = { status: 'ended', endedAt: wallMs(Date.now() - 60_000) };
  age();
  await desk.sweep();
  expect(existsSync(refs)).toBe(false);
  await until(() => !existsSync(object));
  expect(desk.status()).toMatchObject({ bytes: 0, removed: 1 });
});

test('artifacts: what a living run refers to stays, though another run is gone', async () => {
  start('n1', { keepMs: 2_000 });
  const artifact = await kept('n1', 'a', 'content');
  const other = { ...attempt().id, runId: runId('other') };
  write(join(root, 'work/a'), 'content');
  await keep('n1', { it: 'a' }, attempt({ id: other }));
  const { desk } = nodes.get('n1')!;
  const long = new Date(Date.now() - 3_600_000);
  utimesSync(objectOn('n1', artifact.sha256), long, long);
  utimesSync(join(root, 'n1/artifacts/refs', other.namespace, 'other'), long, long);
  fate = { status: 'unknown' };
  for (let sweeps = 0; sweeps < 3; sweeps++) await desk.sweep();
  expect(existsSync(join(root, 'n1/artifacts/refs', other.namespace, 'other'))).toBe(false);
  expect(existsSync(objectOn('n1', artifact.sha256))).toBe(true);
});

test('artifacts: an output that is too large for the log is given as text', async () => {
  start('n1');
  start('n2');
  const json = JSON.stringify('x'.repeat(500_000));
  write(join(root, 'attempt/output.json'), `${json}\n`);
  const place = { directory: join(root, 'work'), output: join(root, 'attempt/output.json') };
  mkdirSync(place.directory);
  const result = await new Promise<Result<readonly Artifact[], ArtifactFlaw>>((done) => {
    nodes.get('n1')!.desk.keep(attempt(), place, done);
  });
  const [object] = result.ok ? result.value : [];
  expect(object).toMatchObject({ name: 'output', kind: 'file', bytes: json.length + 1 });
  const texts = await new Promise((done) => {
    nodes.get('n2')!.desk.outputs(attempt({ upstreamObjects: { load: object! } }), done);
  });
  expect(texts).toEqual({ ok: true, value: { load: json } });
});

test('artifacts: with a store beside the nodes, copies go there, come back, and go', async () => {
  const server = await s3Server('artifacts');
  try {
    const open = () => openObjectStore(server.settings);
    const remote = () => new RemoteObjects({ prefix: 'skein/main', open });
    for (const name of ['n1', 'n2', 'n3']) start(name, { keepMs: 2_000 }, remote());
    peers('n1', ['n2']);
    const content = 'x'.repeat(4_200_000);
    const artifact = await kept('n1', 'a', content);
    expect(artifact).toMatchObject({ nodes: ['n1'], remote: true });
    const store = await open();
    const { id } = attempt();
    const below = `skein/main/~artifacts/${id.namespace}/${id.runId}/${artifact.sha256}/`;
    expect((await store.list('skein/', 100)).toSorted()).toEqual(
      ['00000', '00001'].map((part) => below + part),
    );
    down.add('n1');
    expect(await bring('n3', { ...artifact, nodes: [] })).toBeUndefined();
    expect(given('n3') === content).toBe(true);
    const refs = join(root, 'n3/artifacts/refs', id.namespace, id.runId);
    const long = new Date(Date.now() - 3_600_000);
    utimesSync(refs, long, long);
    fate = { status: 'unknown' };
    await nodes.get('n3')!.desk.sweep();
    expect(await store.list('skein/', 100)).toEqual([]);
  } finally {
    await server.close();
  }
}, 60_000);

test('artifacts: without the store beside the nodes, the copy goes to another node', async () => {
  const server = await s3Server();
  const missing = { ...server.settings, bucket: 'missing' };
  const open = () => openObjectStore(missing);
  start('n1', {}, new RemoteObjects({ prefix: '', open }));
  start('n2');
  peers('n1', ['n2']);
  const artifact = await kept('n1', 'a', 'content');
  await server.close();
  expect(artifact.nodes).toEqual(['n1', 'n2']);
  expect(artifact).not.toHaveProperty('remote');
});
