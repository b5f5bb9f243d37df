/** Runs one attempt of a runner that talks to servers, with an open connection. */
import { present } from '../../base/assert.ts';
import { connectionVariable } from '../../model/connection.ts';
import type { WorkAction } from '../../model/dag.ts';
import { realClock } from '../../node/real-ports.ts';
import { MemoryFiles } from '../memory-files.ts';
import type { OpenedConnections, Runner, RunningJob, RunResult } from '../runner.ts';
import { secretForms } from '../secret-forms.ts';
import { dispatchOf } from './executor-story.ts';

export interface Opened {
  readonly name: string;
  readonly kind: string;
  readonly fields?: Readonly<Record<string, string>>;
  readonly secrets?: Readonly<Record<string, string>>;
}

export const openedAs = ({ name, kind, fields, secrets = {} }: Opened): OpenedConnections => ({
  variables: { [connectionVariable(name)]: JSON.stringify({ kind, ...fields, ...secrets }) },
  secrets: secretForms(Object.values(secrets)) ?? [],
});

/** Tools for such runners. */
export const conversationTools = () => ({
  clock: realClock,
  files: new MemoryFiles(realClock),
  dataDir: '/data',
});

let attempts = 0;

export interface Talk {
  readonly token: number;
  readonly job: RunningJob;
  readonly result: Promise<RunResult>;
  readonly log: () => string;
}

export function talk(
  runner: Runner,
  files: MemoryFiles,
  work: { readonly action: WorkAction; readonly opened?: Opened; readonly token?: number },
): Talk {
  attempts += 1;
  const { action, opened, token = attempts } = work;
  const dispatch = dispatchOf('call', token, { action });
  let job: RunningJob | undefined;
  const result = new Promise<RunResult>((resolve) => {
    job = runner.start({ ...dispatch, ...(opened && { opened: openedAs(opened) }) }, (event) => {
      if (event.kind === 'ended') resolve(event.result);
    });
  });
  const file = `/data/attempts/default/run-1/call/0/1-${token}/stdout`;
  return {
    token,
    job: present(job, 'start returns it'),
    result,
    log: () => files.text(file) ?? '',
  };
}
