/**
 * Opens the connections that a task names, at the last moment: when its attempt begins. What comes
 * out of the attempt again, error, last lines and output, is looked through for the secrets.
 *
 * A task that names none costs nothing here.
 */
import type { Clock } from '../base/ports.ts';
import { fail, ok, type Result } from '../base/result.ts';
import { connectionVariable, type GivenConnection, type Opener } from '../model/connection.ts';
import { parseJson } from '../model/json.ts';
import type { Dispatch } from '../model/protocol.ts';
import type { Files } from './files.ts';
import { maskLimits } from './log-mask.ts';
import {
  failedWith,
  type OpenedConnections,
  type Runner,
  type Runners,
  type RunResult,
  type Work,
} from './runner.ts';
import { mask, maskBytes, maskText, secretForms } from './secret-forms.ts';
import { workspaceOf } from './workspace.ts';

interface Tools {
  readonly clock: Clock;
  readonly opener: Opener;
  readonly files: Files;
  readonly dataDir: string;
}

type Class = 'connection_missing' | 'connection_sealed';

interface Unopened {
  readonly message: string;
  readonly errorClass: Class;
}

/** Every runner, with open connections where a dispatch has some. */
export const withConnections = (runners: Runners, tools: Tools): Runners =>
  new Map([...runners].map(([kind, runner]) => [kind, openingRunner(runner, tools)]));

const openingRunner = (runner: Runner, tools: Tools): Runner => ({
  start(dispatch, observe) {
    if (dispatch.connections === undefined) return runner.start(dispatch, observe);
    const { clock, opener } = tools;
    const opened = openConnections(dispatch, opener);
    if (!opened.ok) {
      // Somebody may put it there, or give the node its key: another attempt may do.
      const { message, errorClass } = opened.error;
      const result = failedWith(message, { retryable: true, errorClass });
      clock.soon(() => observe({ kind: 'ended', result }));
      return { stop: () => {} };
    }
    const work: Work = { ...dispatch, opened: opened.value };
    const { secrets } = opened.value;
    return runner.start(work, (event) => {
      if (event.kind !== 'ended' || secrets.length === 0) return observe(event);
      const result = maskResult(event.result, secrets);
      replaceOutput(tools, dispatch, result, () => observe({ ...event, result }));
    });
  },
});

/** The file that the task wrote stays in the attempt's directory: it is as masked as the rest. */
function replaceOutput(
  { files, dataDir }: Tools,
  { id, attempt }: Dispatch,
  { output }: RunResult,
  done: () => void,
): void {
  const space = workspaceOf(dataDir, { id, number: attempt });
  if (!space.ok) done();
  // Where there is no directory there is nothing to hide.
  else files.writeFile(space.value.output, output ?? '', () => done());
}

export function openConnections(
  { connections = {} }: Pick<Dispatch, 'connections'>,
  opener: Opener,
): Result<OpenedConnections, Unopened> {
  const variables: Record<string, string> = {};
  const secrets: string[] = [];
  for (const [name, given] of Object.entries(connections)) {
    if (given === null) {
      const message = `there is no connection "${name}": make it with \`skein conn set ${name}\``;
      return fail({ message, errorClass: 'connection_missing' });
    }
    const values = openSecrets(given, opener);
    if (!values.ok) {
      const message = `connection "${name}" does not open: ${values.error}`;
      return fail({ message, errorClass: 'connection_sealed' });
    }
    const { kind, fields } = given;
    variables[connectionVariable(name)] = JSON.stringify({ kind, ...fields, ...values.value });
    secrets.push(...Object.values(values.value));
  }
  const hidden = secretForms(secrets);
  if (hidden === undefined) {
    const message = `its connections hold more secrets than can be hidden (${maskLimits.secrets})`;
    return fail({ message, errorClass: 'connection_sealed' });
  }
  return ok({ variables, secrets: hidden });
}

function openSecrets(
  { namespace, name, secrets }: GivenConnection,
  opener: Opener,
): Result<Readonly<Record<string, string>>, string> {
  const values: Record<string, string> = {};
  for (const [field, sealed] of Object.entries(secrets)) {
    const secret = opener.open({ namespace, name, field }, sealed);
    if (!secret.ok) return secret;
    values[field] = secret.value;
  }
  return ok(values);
}

function maskResult(result: RunResult, secrets: readonly string[]): RunResult {
  const { error, output, stderrTail } = result;
  return {
    ...result,
    error: error === null ? null : maskText(error, secrets),
    output: output === null ? null : maskJson(output, secrets),
    stderrTail: maskBytes(stderrTail, secrets),
  };
}

/**
 * The same text where nothing is to be hidden: parsing would round numbers. A secret that was
 * written as a number leaves no JSON behind: then nothing of the output is shown.
 */
function maskJson(json: string, secrets: readonly string[]): string {
  const masked = maskText(json, secrets);
  const value = parseJson(masked);
  if (!value.ok) return JSON.stringify(mask);
  // JSON can write a letter in several ways; here each is what it is.
  const plain = JSON.stringify(value.value);
  const hidden = maskText(plain, secrets);
  if (hidden === plain) return masked;
  return parseJson(hidden).ok ? hidden : JSON.stringify(mask);
}
