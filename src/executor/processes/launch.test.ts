import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ProcessSpec } from '../../base/ports.ts';
import { type LaunchTools, launchText } from './launch.ts';
import { carriable, quote } from './words.ts';

const spec: ProcessSpec = {
  key: 'run.task.1',
  argv: ['echo', 'hi'],
  env: { PATH: '/bin' },
  cwd: '/work dir',
  stdoutFile: '/o',
  stderrFile: '/e',
};
const tools = {
  exactShell: true,
  env: '/usr/bin/env',
  setpriv: '/usr/bin/setpriv',
  prlimit: '/usr/bin/prlimit',
  grouped: [],
} satisfies LaunchTools;

const textOf = (part: Partial<ProcessSpec>, exactShell = true): string => {
  const text = launchText({ ...spec, ...part }, { ...tools, exactShell });
  return text.ok ? text.value : `refused: ${text.error}`;
};

describe('launch', () => {
  it('quotes any word so that sh reads it back byte for byte', () => {
    const word = fc.string({ unit: 'binary', maxLength: 60 }).filter(carriable);
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 20 }), (words) => {
        const script = `printf '%s\\0' ${words.map(quote).join(' ')}`;
        const said = execFileSync('/bin/sh', ['-s'], { input: script }).toString('utf8');
        expect(said.split('\0').slice(0, -1)).toEqual(words);
      }),
      { numRuns: 50 },
    );
  });

  it('lets the shell itself set the environment and become the program', () => {
    expect(textOf({})).toBe(
      "( cd -P -- '/work dir' && { unset PWD OLDPWD; echo s >&3;" +
        " PATH='/bin' SKEIN_ATTEMPT_KEY='run.task.1' exec 'echo' 'hi' 3>&-; }" +
        " 3>&1 </dev/null >>'/o' 2>>'/e' ); ended $?\n",
    );
  });

  it('asks env for what a shell cannot do exactly', () => {
    const wrapped = "exec '/usr/bin/env' -i -- ";
    expect(textOf({}, false)).toContain(wrapped);
    expect(textOf({ env: { 'npm.config': '1' } })).toContain(wrapped);
    expect(textOf({ env: { OPTIND: 'x' } })).toContain(wrapped);
    expect(textOf({ argv: ['-x'] })).toContain(wrapped);
  });

  it('refuses a program that env would take for a variable', () => {
    expect(textOf({ argv: ['a=b'] })).toContain("exec 'a=b'");
    expect(textOf({ argv: ['a=b'] }, false)).toContain('refused: the program name "a=b"');
  });

  it('marks the attempt with its key, whatever the environment says', () => {
    const text = textOf({ env: { SKEIN_ATTEMPT_KEY: 'forged' } });
    expect(text).toContain("SKEIN_ATTEMPT_KEY='run.task.1'");
    expect(text).not.toContain('forged');
  });

  it('sets the limits of each process in the shell, before the task is said to start', () => {
    expect(textOf({ limits: { openFiles: 64, fileBytes: 1025 } })).toContain(
      "( cd -P -- '/work dir' && ulimit -n 64 && ulimit -f 3 && { unset",
    );
  });

  it('asks prlimit only for what no group limits', () => {
    const limits = { memoryBytes: 1024, processes: 8 };
    expect(textOf({ limits })).toContain("exec '/usr/bin/prlimit' '--as=1024' '--' 'echo' 'hi'");
    const grouped = launchText({ ...spec, limits }, { ...tools, grouped: ['memory', 'pids'] });
    expect(grouped).toMatchObject({ ok: true, value: expect.not.stringContaining('prlimit') });
  });

  it('counts the processes of a user only where the user is that of tasks', () => {
    const user = { name: 'etl', uid: 1001, gid: 1002 };
    const limits = { processes: 8 };
    expect(textOf({ limits })).not.toContain('nproc');
    expect(textOf({ limits, user })).toContain("'--nproc=8'");
  });

  it('lets nothing of the task have a say in how it becomes another user', () => {
    const user = { name: 'etl', uid: 1001, gid: 1002 };
    const text = textOf({ user, env: { LD_PRELOAD: '/evil.so', PATH: '/evil' } });
    const [before, after] = text.split(' -i -- ');
    expect(before).toContain(
      "exec '/usr/bin/setpriv' '--reuid' '1001' '--regid' '1002' '--init-groups' '--no-new-privs'",
    );
    expect(before).not.toContain('evil');
    expect(after).toContain('evil');
    const without = launchText({ ...spec, user }, { ...tools, setpriv: undefined });
    expect(without).toEqual({ ok: false, error: expect.stringContaining('setpriv(1)') });
  });
});
