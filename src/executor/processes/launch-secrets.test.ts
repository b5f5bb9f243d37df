import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { ProcessSpec } from '../../base/ports.ts';
import { type LaunchTools, launchText } from './launch.ts';

const folder = mkdtempSync(join(tmpdir(), 'skein-launch-'));
afterAll(() => rmSync(folder, { recursive: true }));

let launches = 0;
const secret = "it's s3cret $HOME `x`";
const connection = { SKEIN_CONN_DB: JSON.stringify({ password: secret }) };
const spec = (more: Partial<ProcessSpec>): ProcessSpec => ({
  ...{ key: 'k', argv: ['/usr/bin/env', '-0'], env: { ...connection, A: 'b' }, cwd: '/' },
  ...{ stdoutFile: join(folder, `${++launches}`), stderrFile: '/dev/null', ...more },
});
const tools: LaunchTools = {
  ...{ exactShell: true, env: '/usr/bin/env', setpriv: '/usr/bin/setpriv', prlimit: undefined },
  grouped: [],
};
const user = { name: 'nobody', uid: 65_534, gid: 65_534 };

test.each([
  ['as another user', spec({ user }), tools],
  ['with a name that is none to a shell', spec({ env: { ...connection, 'a.b': 'c' } }), tools],
  ['by a shell that adds variables', spec({}), { ...tools, exactShell: false }],
  ['in the usual way', spec({}), tools],
])('launch: a connection is no argument of any program, %s', (_, asked, by) => {
  const text = launchText(asked, by);
  if (!text.ok) throw new Error(text.error);
  // What stands before `exec` is set by the shell itself; what stands behind it can be read by all.
  const [before = '', behind = ''] = text.value.split(/ exec /);
  expect(before).toContain('SKEIN_CONN_DB=');
  expect(behind).not.toContain('s3cret');
  const script = `ended() { :; }\n${text.value}`;
  execFileSync('/bin/sh', [], { env: {}, input: script, stdio: ['pipe', 'ignore', 'ignore'] });
  const variables = readFileSync(asked.stdoutFile, 'utf8').split('\0');
  const wanted = Object.entries({ ...asked.env, SKEIN_ATTEMPT_KEY: 'k' });
  expect(variables.filter((line) => line.includes('=')).sort()).toEqual(
    wanted.map((pair) => pair.join('=')).sort(),
  );
});
