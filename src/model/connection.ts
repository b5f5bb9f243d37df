/**
 * A connection: how to reach something outside, with a name in its namespace. Its secret fields are
 * sealed where they come in, by the node that took the request: the log, the rows and every message
 * hold boxes that only a node with the key can open. Only a task that names it is given it.
 */
import type { Namespace, WallMs } from '../base/brand.ts';
import type { Result } from '../base/result.ts';
import { didYouMean } from '../base/suggest.ts';

/** A secret that was sealed. */
export interface Sealed {
  /** Which key opens it: the first 8 hex digits of the key's SHA-256. */
  readonly key: string;
  /** Nonce, text and tag, in base64. */
  readonly box: string;
}

export interface ConnectionRow {
  readonly namespace: Namespace;
  readonly name: string;
  readonly kind: ConnectionKind;
  readonly description: string;
  readonly fields: Readonly<Record<string, string>>;
  readonly secrets: Readonly<Record<string, Sealed>>;
  readonly updatedAt: WallMs;
  readonly updatedBy: string;
}

/** What travels to the executor of a task that names it. */
export type GivenConnection = Pick<
  ConnectionRow,
  'namespace' | 'name' | 'kind' | 'fields' | 'secrets'
>;

/** Where a secret belongs: it can be opened there and nowhere else. */
export interface SecretPlace {
  readonly namespace: Namespace;
  /** Of the connection. */
  readonly name: string;
  readonly field: string;
}

/** Opens what was sealed. The error is a sentence that holds nothing of the secret. */
export interface Opener {
  open(place: SecretPlace, sealed: Sealed): Result<string, string>;
}

export const connectionLimits = {
  /** In one namespace. */
  connections: 1_000,
  /** Of one connection, secrets included. */
  fields: 64,
  fieldCharacters: 16 * 1024,
  /** Of a row as JSON text. */
  rowBytes: 64 * 1024,
  /** That one task may name. */
  ofTask: 16,
} as const;

interface FieldsOfKind {
  /** May also be given as secrets. */
  readonly open: readonly string[];
  /** Must be. */
  readonly secret: readonly string[];
}

const server = ['host', 'port'] as const;
const database = [...server, 'database', 'user', 'ssl', 'sslCa', 'socket'] as const;

/** The fields that each kind knows; `generic` takes any. */
export const connectionKinds = {
  postgres: { open: [...database, 'schema'], secret: ['password'] },
  mysql: { open: [...database, 'charset', 'timezone'], secret: ['password'] },
  sqlite: { open: ['file', 'readOnly'], secret: [] },
  http: { open: ['url', 'user', 'header', 'ca', 'cert'], secret: ['password', 'token', 'key'] },
  smtp: { open: [...server, 'user', 'tls', 'from', 'ca'], secret: ['password'] },
  s3: {
    open: ['endpoint', 'region', 'bucket', 'accessKeyId'],
    secret: ['secretAccessKey', 'sessionToken'],
  },
  docker: { open: ['host', 'registry', 'user', 'ca', 'cert'], secret: ['password', 'key'] },
  kubernetes: {
    open: ['server', 'namespace', 'ca', 'context'],
    secret: ['token', 'kubeconfig', 'key'],
  },
  slack: { open: ['channel'], secret: ['url', 'token'] },
  teams: { open: [], secret: ['url'] },
  dingtalk: { open: [], secret: ['url', 'signKey'] },
  feishu: { open: [], secret: ['url', 'signKey'] },
  wecom: { open: [], secret: ['url'] },
  pagerduty: { open: ['url'], secret: ['routingKey'] },
  webhook: { open: ['method', 'header'], secret: ['url', 'token', 'signKey'] },
  generic: { open: [], secret: [] },
} as const satisfies Readonly<Record<string, FieldsOfKind>>;

export type ConnectionKind = keyof typeof connectionKinds;

/** What is wrong with the names and texts of a connection, in a sentence; undefined: nothing. */
export function connectionProblem(said: {
  readonly kind: ConnectionKind;
  readonly fields: Readonly<Record<string, string>>;
  /** Their texts are nobody's business here. */
  readonly secretNames: readonly string[];
}): string | undefined {
  const { kind, fields, secretNames } = said;
  const names = [...Object.keys(fields), ...secretNames];
  if (names.length > connectionLimits.fields) {
    return `a connection has at most ${connectionLimits.fields} fields`;
  }
  const both = secretNames.find((name) => Object.hasOwn(fields, name));
  if (both !== undefined) return `"${both}" stands among the fields and among the secrets`;
  const { open, secret }: FieldsOfKind = connectionKinds[kind];
  if (kind !== 'generic') {
    const known = [...open, ...secret];
    const unknown = names.find((name) => !known.includes(name));
    if (unknown !== undefined) {
      const hint = didYouMean(unknown, known) || `; it has ${known.join(', ')}`;
      return `a connection of kind ${kind} has no field "${unknown}"${hint}`;
    }
  }
  const bare = Object.keys(fields).find((name) => secret.includes(name));
  if (bare !== undefined) return `"${bare}" is a secret: give it under \`secrets\``;
  const telling = Object.entries(fields).find(([, text]) => /:\/\/[^/\s?#]*:[^/\s?#]*@/.test(text));
  if (telling !== undefined) {
    return `"${telling[0]}" holds a password in its address: give it under \`secrets\``;
  }
  return Object.entries(fields).flatMap(([name, text]) => valueProblem(kind, name, text) ?? [])[0];
}

/** Fields of which a wrong value would show at the first attempt only. */
function valueProblem(kind: ConnectionKind, name: string, text: string): string | undefined {
  if (kind === 'generic') return undefined;
  if (name === 'port' && !(/^\d{1,5}$/.test(text) && Number(text) <= 65_535)) {
    return 'port is a number up to 65535';
  }
  const words = choices[name];
  if (words === undefined || words.includes(text)) return undefined;
  return `${name} is one of ${words.join(', ')}`;
}

const choices: Readonly<Record<string, readonly string[]>> = {
  ssl: ['off', 'require', 'verify'],
  readOnly: ['true', 'false'],
  tls: ['starttls', 'tls', 'none'],
  method: ['POST', 'PUT', 'PATCH'],
};

/** What every variable that holds a connection begins with. */
export const connectionPrefix = 'SKEIN_CONN_';

/** `my-db` -> `SKEIN_CONN_MY_DB`: where a process finds it, as JSON. */
export const connectionVariable = (name: string): string =>
  `${connectionPrefix}${name.toUpperCase().replaceAll(/[^A-Z0-9_]/g, '_')}`;
