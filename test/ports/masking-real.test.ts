/**
 * What tasks that are given secrets write: through a pipe and the masker, whole and without them.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { SqlBench } from '../support/tasks/sql-bench.ts';

const bench = new SqlBench();
afterAll(() => bench.close());

const secret = 'k\'9 $ecret/+"x" ü';
const known = {
  kind: 'generic',
  fields: { host: 'db', user: 'etl' },
  secrets: { password: secret, key: '-----BEGIN-----\nMIIEvQIBADANBg\n-----END-----' },
} as const;
const shell = (command: string) =>
  bench.run({ kind: 'shell', command }, { connections: { 'my-db': bench.given('my-db', known) } });
const jsonOf = 'printf "%s" "$SKEIN_CONN_MY_DB"';
const pick = 'import json,sys; sys.stdout.write(json.load(sys.stdin)["password"])';
const password = `${jsonOf} | python3 -c '${pick}'`;

test('masking: a task has the connection, and its log all but the secret', async () => {
  const task = shell(`${password} | od -An -c | head -1; ${password}; echo; ${jsonOf} >&2; exit 3`);
  const { error, stderrTail } = await task.result;
  expect(task.log('stdout')).toContain("k   '   9");
  expect(task.log('stdout')).toMatch(/\*\*\*\n$/);
  const shown = JSON.parse(task.log('stderr'));
  expect(shown).toMatchObject({ kind: 'generic', host: 'db', user: 'etl', password: '***' });
  for (const text of [task.log('stdout'), error, Buffer.from(stderrTail).toString()]) {
    expect(text).not.toContain(secret);
    expect(text).not.toContain('MIIEvQIBADANBg');
  }
});

test('masking: an error, an output and another form of the secret are hidden too', async () => {
  const program = `import base64,json,os,sys,urllib.parse
password = json.loads(os.environ["SKEIN_CONN_MY_DB"])["password"]
print(urllib.parse.quote(password, safe="!'()*~-._"), base64.b64encode(password.encode()).decode())
json.dump({"password": password}, open(os.environ["SKEIN_OUTPUT"], "w"))`;
  const task = shell(`python3 - <<'PY'\n${program}\nPY`);
  const { output } = await task.result;
  expect(JSON.parse(output ?? '')).toEqual({ password: '***' });
  expect(task.log('stdout')).toMatch(/^\*\*\* \*\*\*=*\n$/);
});

test('masking: a log of megabytes in odd pieces is whole', async () => {
  const line = 'x'.repeat(97);
  const task = shell(`password=$(${password}); i=0; while [ $i -lt 200 ]; do
    dd if=/dev/zero bs=97 count=100 2>/dev/null | tr '\\0' x; echo "$password"; i=$((i + 1))
  done`);
  expect((await task.result).error).toBeNull();
  expect(task.log('stdout')).toBe(`${line.repeat(100)}***\n`.repeat(200));
});

test('masking: what was written before a kill is there, and the pipes are gone', async () => {
  const task = shell(`${password}; echo; echo before; ( setsid sleep 60 & ); sleep 60`);
  await until(() => task.log('stdout').includes('before'));
  task.job.stop('KILL');
  await task.result;
  expect(task.log('stdout')).toBe('***\nbefore\n');
  expect(readdirSync(task.directory).filter((name) => name.endsWith('.pipe'))).toEqual([]);
});

test('masking: a masker that dies is started again, and logs go on', async () => {
  const task = shell(`echo one; until [ -e go ]; do sleep 0.05; done; ${password}; echo; echo two`);
  await until(() => task.log('stdout') === 'one\n');
  const [masker] = maskers();
  process.kill(masker ?? 0, 'SIGKILL');
  await until(() => maskers().some((pid) => pid !== masker));
  await until(() => existsSync(`${task.directory}/stdout.pipe`) && opensPipe(task.directory));
  execFileSync('touch', [join(task.directory, 'work', 'go')]);
  expect((await task.result).error).toBeNull();
  expect(task.log('stdout')).toBe('one\n***\ntwo\n');
});

test('masking: a task without secrets writes into its files by itself', async () => {
  const task = bench.run({ kind: 'shell', command: 'readlink /proc/self/fd/1; exit 0' });
  await task.result;
  expect(task.log('stdout')).toBe(`${task.directory}/stdout\n`);
});

test('masking: no secret stands in a list of processes, nor in a file of the attempt', async () => {
  const task = shell('sleep 2.125; exit 1');
  let seen = '';
  // Looked at all the time, because what starts a task is there for a moment only.
  while (!/^sleep 2\.125$/m.test(seen)) {
    seen = execFileSync('ps', ['axww', '-o', 'args']).toString();
    expect(seen).not.toContain('ecret/+');
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await task.result;
  const inFiles = readdirSync(task.directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .filter((entry) => readFileSync(`${entry.parentPath}/${entry.name}`).includes('ecret/+'));
  expect(inFiles).toEqual([]);
});

/** Children of this process that mask. */
const maskers = (): readonly number[] =>
  execFileSync('ps', ['-o', 'pid=,args=', '--ppid', String(process.pid)])
    .toString()
    .split('\n')
    .filter((line) => line.includes('masker-main'))
    .map((line) => Number.parseInt(line, 10));

function opensPipe(directory: string): boolean {
  const pipe = statSync(`${directory}/stdout.pipe`).ino;
  return maskers().some((pid) =>
    readdirSync(`/proc/${pid}/fd`).some((fd) => {
      try {
        return statSync(`/proc/${pid}/fd/${fd}`).ino === pipe;
      } catch {
        return false;
      }
    }),
  );
}

/** Waits for a condition; the test's own time limit ends it. */
async function until(condition: () => boolean): Promise<void> {
  for (;;) {
    try {
      if (condition()) return;
    } catch {
      // A file that is not there yet.
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
