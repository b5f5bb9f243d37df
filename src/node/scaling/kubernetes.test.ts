/** Against an API server of our own, over TLS, with a certificate that is made for these tests. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { nodeId, wallMs } from '../../base/brand.ts';
import type { GoalNodeState, PoolGoal } from './goal.ts';
import { KubernetesNodes, replicasFor } from './kubernetes.ts';

/** For 127.0.0.1 and for a hundred years; worth nothing elsewhere. */
const key = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgk5+dX4YNwXHd/z8d
OJKsYwUNCICsxjUke/RP+WIiTm2hRANCAASVxZCEYUZp84o/VhMubpt7UV4ZyTf8
hz8s0djjs9MD92/ec+z9xEO7R8LrQL+Dh+qrNoXmo5r/wHXIyu4BqtGK
-----END PRIVATE KEY-----
`;
const certificate = `-----BEGIN CERTIFICATE-----
MIIBhzCCASygAwIBAgIUf4DEDb+paR4Fk5A5lU5FkmfY31swCgYIKoZIzj0EAwIw
DzENMAsGA1UEAwwEa3ViZTAgFw0yNjExMjExNTE2MDdaGA8yMTI2MTAyODE1MTYw
N1owDzENMAsGA1UEAwwEa3ViZTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABJXF
kIRhRmnzij9WEy5um3tRXhnJN/yHPyzR2OOz0wP3b95z7P3EQ7tHwutAv4OH6qs2
heajmv/AdcjK7gGq0YqjZDBiMB0GA1UdDgQWBBSRKkYeDbDKCPuwTCAt9J6x6nlL
7jAfBgNVHSMEGDAWgBSRKkYeDbDKCPuwTCAt9J6x6nlL7jAPBgNVHRMBAf8EBTAD
AQH/MA8GA1UdEQQIMAaHBH8AAAEwCgYIKoZIzj0EAwIDSQAwRgIhAL+YlBrFjBh2
7ka9b3b904Ve/2BBDusUs6UOkOKQRZkuAiEA1bf6O69xnVqjGnM9b2BzIIfkRqXN
gQciN9c1CuUWAgc=
-----END CERTIFICATE-----
`;

const provider = { kind: 'kubernetes', namespace: 'jobs', statefulSet: 'burst' } as const;

/** `burst-0 alive` and so on. */
function goal(wanted: number, nodes: readonly string[], remove: readonly string[] = []): PoolGoal {
  return {
    ...{ pool: 'p', provider, wanted, remove: remove.map(nodeId), decidedAt: wallMs(0) },
    nodes: nodes.map((text) => {
      const [name = '', state] = text.split(' ');
      return { name: nodeId(name), state: state as GoalNodeState, running: 0 };
    }),
  };
}

interface Asked {
  readonly line: string;
  readonly authorization: string | undefined;
  readonly type: string | undefined;
  readonly body: unknown;
}

let account: string;
let server: Server;
let status: number;
let asked: Asked[];
beforeEach(async () => {
  account = mkdtempSync(join(tmpdir(), 'skein-kube-'));
  writeFileSync(join(account, 'token'), 'secret-token\n');
  writeFileSync(join(account, 'ca.crt'), certificate);
  status = 200;
  asked = [];
  server = createServer({ key, cert: certificate }, (request, response) => {
    let body = '';
    request.on('data', (part) => {
      body += part;
    });
    request.on('end', () => {
      const { authorization, 'content-type': type } = request.headers;
      const line = `${request.method} ${request.url}`;
      asked.push({ line, authorization, type, body: JSON.parse(body) });
      response.writeHead(status).end('{"kind":"Status",\n"message":"as the test said"}');
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
});
afterEach(async () => {
  await new Promise((closed) => server.close(closed));
  rmSync(account, { recursive: true });
});

function source(): KubernetesNodes {
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const env = { KUBERNETES_SERVICE_HOST: '127.0.0.1', KUBERNETES_SERVICE_PORT: String(port) };
  return new KubernetesNodes({ account, env });
}

describe('kubernetes', () => {
  it('puts the replicas into the scale of the StatefulSet', async () => {
    const { outcome, isDone } = await source().pursue(goal(2, ['burst-0 alive']));
    expect({ outcome, isDone }).toEqual({
      ...{ outcome: 'burst has 2 replicas; 1 of 2 nodes are up', isDone: false },
    });
    expect(asked).toEqual([
      {
        line: 'PATCH /apis/apps/v1/namespaces/jobs/statefulsets/burst/scale',
        authorization: 'Bearer secret-token',
        type: 'application/merge-patch+json',
        body: { spec: { replicas: 2 } },
      },
    ]);
  });

  it('reads the token anew each time', async () => {
    const nodes = source();
    await nodes.pursue(goal(1, []));
    writeFileSync(join(account, 'token'), 'another');
    await nodes.pursue(goal(1, []));
    expect(asked.map(({ authorization }) => authorization)).toEqual([
      ...['Bearer secret-token', 'Bearer another'],
    ]);
  });

  it('says in one line what the API server has against it', async () => {
    status = 403;
    const { outcome, isDone } = await source().pursue(goal(1, ['burst-0 alive']));
    expect(isDone).toBe(false);
    expect(outcome).toBe(
      'the API server answered 403: {"kind":"Status", "message":"as the test said"}',
    );
  });

  it('trusts nobody whom the mounted authority has not signed', async () => {
    const other = certificate.split('\n').slice(0, 2);
    writeFileSync(join(account, 'ca.crt'), other.join('\n'));
    expect((await source().pursue(goal(1, []))).isDone).toBe(false);
    expect(asked).toEqual([]);
  });

  it('is not tried on a node that is no pod', async () => {
    const { outcome } = await new KubernetesNodes({ account, env: {} }).pursue(goal(1, []));
    expect(outcome).toContain('this node is no pod');
  });
});

describe('replicas', () => {
  const of = (...[wanted, nodes, remove]: Parameters<typeof goal>): number =>
    replicasFor(goal(wanted, nodes, remove), provider);

  it('are lowered only as far as the pods above are released', () => {
    const nodes = ['burst-0 alive', 'burst-1 draining', 'burst-2 draining'];
    expect(of(1, nodes)).toBe(3);
    expect(of(1, nodes, ['burst-1'])).toBe(3);
    expect(of(1, nodes, ['burst-2'])).toBe(2);
    expect(of(1, nodes, ['burst-1', 'burst-2'])).toBe(1);
  });

  it('leave aside what the set has not made, and pods that are gone', () => {
    expect(of(3, ['n1 alive', 'n2 alive', 'burst-0 alive'])).toBe(1);
    expect(of(0, ['n1 alive'])).toBe(0);
    expect(of(1, ['burst-0 alive', 'burst-5 lost', 'burst-x alive'])).toBe(1);
  });
});
