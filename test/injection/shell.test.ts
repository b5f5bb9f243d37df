/** Commands that were rendered with a payload, run by the shell of this machine. */
import { spawnSync } from 'node:child_process';
import { afterAll, expect, test } from 'vitest';
import { render } from '../../src/model/template.ts';
import { payloads, shown } from './payloads.ts';
import { Sandbox } from './sandbox.ts';
import { canaryMarker, canaryName } from './shell-payloads.ts';

const sandbox = new Sandbox();
const before = sandbox.listing();
afterAll(() => sandbox.remove());

/**
 * Commands that print the value `params.v` between brackets, in all the ways in which a shell can
 * be asked to. `then` is there to see that the command ends where its author ends it.
 */
const value = '{{ params.v }}';
const quoted = '{{ params.v | quote }}';
const then = '; printf "<%s>" end';

const contexts: Readonly<Record<string, string>> = {
  'as a word': `printf '[%s]' ${value}${then}`,
  'as a quoted word': `printf '[%s]' ${quoted}${then}`,
  'glued to words': `printf '[%s]' x${value}y${then}`,
  'quoted and glued': `printf '[%s]' x${quoted}'y'${then}`,
  'in single quotes': `printf '[%s]' '${value}'${then}`,
  'in double quotes': `printf '[%s]' "${value}"${then}`,
  'quoted in single quotes': `printf '[%s]' '${quoted}'${then}`,
  'quoted in double quotes': `printf '[%s]' "${quoted}"${then}`,
  'in a substitution': `printf '[%s]' "$(printf %s ${value})"${then}`,
  'quoted in a substitution': `printf '[%s]' "$(printf %s ${quoted})"${then}`,
  'in backticks': `printf '[%s]' \`printf %s ${value}\`${then}`,
  'quoted in backticks': `printf '[%s]' \`printf %s ${quoted}\`${then}`,
  'in a here-document': `cat <<EOF\n${value}\nEOF\n${then.slice(2)}`,
  'quoted in a here-document': `cat <<EOF\n${quoted}\nEOF\n${then.slice(2)}`,
  'in a quoted here-document': `cat <<'EOF'\n${value}\nEOF\n${then.slice(2)}`,
  'as a default': `printf '[%s]' "$\{nothing:-${value}}"${then}`,
  'quoted as a default': `printf '[%s]' "$\{nothing:-${quoted}}"${then}`,
  'in arithmetic': `printf '[%s]' "$((1 + ${value}))"${then}`,
  'quoted in arithmetic': `printf '[%s]' "$((1 + ${quoted}))"${then}`,
  'in a comment': `printf x # ${value}\n${then.slice(2)}`,
  'quoted in a comment': `printf x # ${quoted}\n${then.slice(2)}`,
  'as an assignment': `v=${quoted}; printf '[%s]' "$v"${then}`,
  'as a bare assignment': `v=${value}; printf '[%s]' "$v"${then}`,
  'as a pattern': `case x in ${quoted}) printf y ;; *) printf n ;; esac${then}`,
  'in a loop': `for v in ${quoted}; do printf '[%s]' "$v"; done${then}`,
  'behind a backslash': `printf '[%s]' \\${value}${then}`,
  'quoted behind a backslash': `printf '[%s]' \\${quoted}${then}`,
  'behind a dollar': `printf '[%s]' $${quoted}${then}`,
};

/** What the author of these wrote is that the value is printed as it is. */
const exact: Readonly<Record<string, readonly [string, string]>> = {
  'as a word': ['[', ']'],
  'as a quoted word': ['[', ']'],
  'glued to words': ['[x', 'y]'],
  'quoted and glued': ['[x', 'y]'],
  'in single quotes': ['[', ']'],
  'in double quotes': ['[', ']'],
  'as an assignment': ['[', ']'],
  'as a bare assignment': ['[', ']'],
  'in a loop': ['[', ']'],
};

/** A lone surrogate has no form as bytes; the executor refuses it, and Node replaces it. */
const carriable = payloads.filter((text) => !/\p{Surrogate}/u.test(text));

const environment = { PATH: process.env.PATH, [canaryName]: canaryMarker };
/** Stands in no payload. */
const separator = '\u001e';

/** Gives each command to a shell of its own; returns what each has written to stdout. */
function runAll(folder: string, commands: readonly string[]): readonly string[] {
  const driver = 'for c do /bin/sh -c "$c"; printf "\\036"; done';
  const { stdout, stderr, signal } = spawnSync('/bin/sh', ['-c', driver, 'sh', ...commands], {
    ...{ cwd: folder, env: environment, encoding: 'utf8', timeout: 15_000 },
    ...{ input: '', maxBuffer: 64 * 1024 * 1024 },
  });
  expect(signal).toBeNull();
  expect(stderr).not.toContain(canaryMarker);
  const outputs = stdout.split(separator);
  expect(outputs.length).toBe(commands.length + 1);
  return outputs;
}

for (const [where, template] of Object.entries(contexts)) {
  test(`injection: ${where} of a shell, no payload is more than data`, () => {
    const admitted = carriable.flatMap((payload) => {
      const rendered = render(template, { params: { v: payload } }, 'shell');
      return rendered.ok ? [{ payload, command: rendered.value }] : [];
    });
    const outputs = runAll(
      sandbox.work,
      admitted.map(({ command }) => command),
    );
    const frame = exact[where];
    for (const [place, { payload }] of admitted.entries()) {
      const why = `${shown(payload)} in ${template}`;
      expect(outputs[place], why).not.toContain(canaryMarker);
      if (frame === undefined) expect(outputs[place], why).toMatch(/<end>$/);
      else expect(outputs[place], why).toBe(`${frame[0]}${payload}${frame[1]}<end>`);
    }
    sandbox.expectUntouched(before, template);
  });
}

test('injection: quote admits nearly every payload, and its absence hardly one', () => {
  const admitted = (template: string): number =>
    payloads.filter((v) => render(template, { params: { v } }, 'shell').ok).length;
  expect(admitted(`x ${quoted}`)).toBeGreaterThan(payloads.length * 0.95);
  expect(admitted(`x ${value}`)).toBeLessThan(payloads.length * 0.3);
});

test('injection: the payloads would do harm where nobody takes care', () => {
  const other = new Sandbox();
  const listed = other.listing();
  // Those that would leave the sandbox are not tried.
  const harmful = carriable.filter((text) => text.includes('touch canary') && !/[/\0]/.test(text));
  expect(harmful.length).toBeGreaterThan(40);
  runAll(
    other.work,
    harmful.map((text) => `printf '[%s]' ${text}`),
  );
  expect(other.listing()).not.toEqual(listed);
  expect(other.listing()).toContain('outer/cell/canary 0');
  other.remove();
});
