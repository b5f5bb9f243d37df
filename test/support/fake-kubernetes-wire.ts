/** What the fake Kubernetes says on the wire, and reads from it. */
import { readFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';

export interface Meta {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  deletionTimestamp?: string;
}

export interface PodSpec {
  readonly containers: readonly {
    readonly command?: readonly string[];
    readonly args?: readonly string[];
    readonly env: readonly {
      readonly name: string;
      readonly value?: string;
      readonly valueFrom?: {
        readonly secretKeyRef: { readonly name: string; readonly key: string };
      };
    }[];
    readonly terminationMessagePath: string;
  }[];
}

export interface FakeJob {
  readonly metadata: Meta;
  readonly spec: {
    readonly template: { readonly metadata: Partial<Meta>; readonly spec: PodSpec };
  };
}

export interface FakePod {
  readonly metadata: Meta;
  readonly spec: PodSpec;
  readonly status: object;
}

const terminationBytes = 4096;

/** `$(NAME)` would be a variable, and two `$` are one: as in pods of the real one. */
export function expand(text: string): string {
  return text.replaceAll(/\$\$|\$\(\w+\)/g, (found) => (found === '$$' ? '$' : '(expanded)'));
}

export function headOf(file: string): string {
  try {
    return readFileSync(file).subarray(0, terminationBytes).toString('utf8');
  } catch {
    return '';
  }
}

export function matches(object: FakePod | FakeJob, url: URL, namespace: string): boolean {
  if (object.metadata.namespace !== namespace) return false;
  const selector = url.searchParams.get('labelSelector') ?? '';
  return selector
    .split(',')
    .filter((part) => part !== '')
    .every((part) => {
      const [key = '', value = ''] = part.split('=');
      return object.metadata.labels?.[key] === value;
    });
}

export const status = (code: number, message: string) => ({
  kind: 'Status',
  apiVersion: 'v1',
  status: 'Failure',
  code,
  message,
  reason: { 401: 'Unauthorized', 403: 'Forbidden', 404: 'NotFound', 409: 'AlreadyExists' }[code],
});

export const absent = (kind: string, name: string) => ({
  ...status(404, `${kind} "${name}" not found`),
  details: { kind, name },
});

/** A list, or the page of it that is asked for: as long as `limit`, from `continue` on. */
export function pageOf<T>(url: URL, items: readonly T[]): { continue?: string; items: T[] } {
  const from = Number(url.searchParams.get('continue') ?? 0);
  const limit = Number(url.searchParams.get('limit') ?? 0) || items.length;
  const end = from + limit;
  return { items: items.slice(from, end), ...(end < items.length && { continue: String(end) }) };
}

export function answer(response: ServerResponse, code: number, body: unknown): void {
  response.writeHead(code, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

/** What `kubectl` asks before anything else. */
export function discover(path: string): [number, unknown] {
  const verbs = ['create', 'delete', 'get', 'list', 'watch'];
  const resource = (name: string, kind: string) => ({
    ...{ name, kind, singularName: kind.toLowerCase(), namespaced: true, verbs },
  });
  const batch = { groupVersion: 'batch/v1', version: 'v1' };
  switch (path) {
    case '/version':
      return [200, { major: '1', minor: '32', gitVersion: 'v1.32.0' }];
    case '/api':
      return [200, { kind: 'APIVersions', versions: ['v1'] }];
    case '/apis': {
      const groups = [{ name: 'batch', versions: [batch], preferredVersion: batch }];
      return [200, { kind: 'APIGroupList', apiVersion: 'v1', groups }];
    }
    case '/api/v1': {
      const resources = [
        resource('pods', 'Pod'),
        { ...resource('pods/log', 'Pod'), verbs: ['get'] },
      ];
      return [200, { kind: 'APIResourceList', groupVersion: 'v1', resources }];
    }
    case '/apis/batch/v1': {
      const resources = [resource('jobs', 'Job')];
      return [200, { kind: 'APIResourceList', groupVersion: 'batch/v1', resources }];
    }
    default:
      return [404, status(404, 'not found')];
  }
}

/** The object, or the kind of objects, that a path is about. */
export function placeOf(path: string) {
  const found = /^\/(?:api\/v1|apis\/batch\/v1)\/namespaces\/(.+)$/.exec(path);
  const [namespace = '', kind = '', name = '', log] = found?.[1]?.split('/') ?? [];
  if (!['jobs', 'pods', 'secrets'].includes(kind)) return undefined;
  return { namespace, kind, name, log: log === 'log' };
}
