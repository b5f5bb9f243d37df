/** What a task does, as a DAG file says it: the way back of the file's reader. */
import type { LeaderAction, TaskSpec, WorkAction } from '../../../../src/model/dag.ts';
import { durationText, given } from './spec-words.ts';

export type FileMap = Readonly<Record<string, unknown>>;

export function actionFile(spec: TaskSpec): FileMap {
  const { action, sensor } = spec;
  if (sensor !== undefined) return { type: 'sensor', ...lookFile(spec) };
  switch (action.kind) {
    case 'branch':
    case 'wait':
    case 'approval':
    case 'subdag':
    case 'await':
      return leaderFile(action, spec);
    default:
      return workFile(action);
  }
}

function lookFile({ action, sensor }: TaskSpec): FileMap {
  const rest = given({
    every: sensor === undefined ? undefined : durationText(sensor.everyMs),
    giveUp: sensor?.giveUpMs == null ? undefined : durationText(sensor.giveUpMs),
    onTimeout: sensor?.onTimeout === 'fail' ? undefined : sensor?.onTimeout,
  });
  switch (action.kind) {
    case 'file':
      return { file: action.path, ...rest };
    case 'shell':
      return { command: action.command, ...rest };
    case 'http': {
      const { type: _, ...request } = workFile(action);
      return { http: request, ...rest };
    }
    default:
      return rest;
  }
}

function leaderFile(action: LeaderAction, spec: TaskSpec): FileMap {
  switch (action.kind) {
    case 'branch':
      return given({
        type: 'branch',
        condition: action.condition,
        // biome-ignore lint/suspicious/noThenProperty: it is the name of a key in the file
        then: action.follow ?? undefined,
        else: action.otherwise.length === 0 ? undefined : action.otherwise,
        shortCircuit: action.shortCircuit || undefined,
      });
    case 'wait':
      return given({
        type: 'wait',
        for: action.forMs === null ? undefined : durationText(action.forMs),
        until: action.until ?? undefined,
        timezone: action.timezone,
      });
    case 'approval':
      return given({
        type: 'approval',
        message: action.message,
        fields: paramsFile(action.fields),
        onReject: action.onReject === 'fail' ? undefined : action.onReject,
        onTimeout: action.onTimeout === 'fail' ? undefined : action.onTimeout,
      });
    case 'subdag': {
      const params = Object.keys(action.params).length === 0 ? undefined : action.params;
      const type = action.wait ? 'subdag' : 'trigger';
      return given({ type, dag: action.dagId, params });
    }
    case 'await':
      return given({
        type: 'sensor',
        ...awaitedFile(action.event),
        giveUp: spec.timeoutMs === null ? undefined : durationText(spec.timeoutMs),
        onTimeout: action.onTimeout === 'fail' ? undefined : action.onTimeout,
      });
  }
}

type Awaited = Extract<LeaderAction, { readonly kind: 'await' }>['event'];

function awaitedFile(event: Awaited): FileMap {
  switch (event.kind) {
    case 'subject':
      return given({ subject: event.subject, filter: event.filter ?? undefined });
    case 'asset':
      return { asset: event.uri };
    case 'dag':
      return given({
        dag: event.dagId,
        states: event.states.join() === 'success' ? undefined : event.states,
        sameLogicalDate: event.sameLogicalDate ? undefined : false,
      });
  }
}

const some = <T extends object>(value: T | null | undefined): T | undefined =>
  value === null || value === undefined || Object.keys(value).length === 0 ? undefined : value;

function workFile(action: WorkAction): FileMap {
  switch (action.kind) {
    case 'noop':
      return { type: 'noop' };
    case 'shell':
      return { type: 'shell', command: action.command };
    case 'file':
      return { type: 'sensor', file: action.path };
    case 'script':
      return given({
        ...{ type: 'script', interpreter: action.interpreter, code: action.code ?? undefined },
        ...{ file: action.file ?? undefined, args: some(action.args) },
      });
    case 'python':
      return given({
        ...{ type: 'python', script: action.code ?? undefined, file: action.file ?? undefined },
        callable: action.callable?.name,
        args: some(action.callable?.args ?? action.args),
        kwargs: some(action.callable?.kwargs),
      });
    case 'function':
      return given({
        ...{ type: 'function', code: action.code ?? undefined, file: action.file ?? undefined },
        export: action.export === 'default' ? undefined : action.export,
        ...{ input: action.input ?? undefined, reuse: action.reuse },
      });
    case 'http':
      return httpFile(action);
    case 'sql':
      return sqlFile(action);
    case 'docker':
      return given({
        ...{ type: 'docker', image: action.image, command: action.command ?? undefined },
        ...{ entrypoint: action.entrypoint ?? undefined, mounts: some(action.mounts) },
        ...{ network: action.network ?? undefined, user: action.user ?? undefined },
        workdir: action.workdir ?? undefined,
        pull: action.pull === 'missing' ? undefined : action.pull,
      });
    case 'kubernetes':
      return given({
        ...{ type: 'kubernetes', image: action.image ?? undefined },
        ...{ command: action.command ?? undefined, args: action.args ?? undefined },
        ...{ namespace: action.namespace ?? undefined, pull: action.pull ?? undefined },
        serviceAccount: action.serviceAccount ?? undefined,
        pod: action.pod ?? undefined,
      });
    case 'email':
      return given({
        ...{ type: 'email', connection: action.connection, to: action.to, cc: some(action.cc) },
        ...{ bcc: some(action.bcc), subject: action.subject, text: action.text ?? undefined },
        ...{ html: action.html ?? undefined, replyTo: action.replyTo },
      });
    case 'notify':
      return given({
        ...{ type: 'notify', connection: action.connection, title: action.title ?? undefined },
        message: action.message,
        severity: action.severity === 'info' ? undefined : action.severity,
        details: some(action.details),
      });
  }
}

function httpFile(action: Extract<WorkAction, { readonly kind: 'http' }>): FileMap {
  const { auth } = action;
  const said =
    auth === undefined
      ? undefined
      : auth.kind === 'bearer'
        ? { bearer: auth.token }
        : auth.kind === 'basic'
          ? { basic: { user: auth.user, password: auth.password } }
          : { connection: auth.name };
  return given({
    ...{ type: 'http', method: action.method === 'GET' ? undefined : action.method },
    ...{ url: action.url, headers: some(action.headers), body: action.body ?? undefined },
    ...{ successStatus: some(action.successStatus), auth: said, redirects: action.redirects },
    retryAfter: action.retryAfter,
  });
}

function sqlFile(action: Extract<WorkAction, { readonly kind: 'sql' }>): FileMap {
  const [first] = action.statements;
  const isOne = action.statements.length === 1 && first !== undefined;
  const statements = action.statements.map(({ text, params }) =>
    some(params) === undefined ? text : { sql: text, params },
  );
  return given({
    ...{ type: 'sql', connection: action.connection, sql: isOne ? first.text : statements },
    params: isOne ? some(first.params) : undefined,
    transaction: action.transaction ? undefined : false,
    output: action.output === 'rows' ? undefined : action.output,
    maxRows: action.rowsMax === 1_000 ? undefined : action.rowsMax,
    pasteTemplates: action.pastes,
  });
}

type Params = Extract<LeaderAction, { readonly kind: 'approval' }>['fields'];

/** Params of a DAG, and fields of a form. */
export function paramsFile(params: Params): FileMap | undefined {
  const all = Object.entries(params).map(([name, spec]) => {
    const { nullable, enum: choices, default: value, ...rest } = spec;
    const shown =
      value === null ? (nullable === true ? { default: null } : {}) : { default: value };
    return [name, given({ ...rest, ...shown, enum: choices ?? undefined })] as const;
  });
  return all.length === 0 ? undefined : Object.fromEntries(all);
}
