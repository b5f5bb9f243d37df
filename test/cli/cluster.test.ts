import { once } from 'node:events';
import { createServer } from 'node:http';
import { expect, test } from 'vitest';
import { logIndex } from '../../src/base/brand.ts';
import { refusal } from '../../src/model/refusal.ts';
import { fakeMembers } from '../http/fake-status.ts';
import { serve, skein } from './kit.ts';

async function cluster() {
  const all = await serve();
  return { ...all, env: { SKEIN_SERVER: all.server.url } };
}

test('cli: cluster shows who leads, who votes, and how far each has come', async () => {
  const { env } = await cluster();
  const { code, out } = await skein(['cluster'], { env });
  expect(code).toBe(0);
  const [first, second, , heading, ...rows] = out.split('\n');
  expect(first).toBe('main  led by n1  term 2  commit 0');
  expect(second).toBe('3 of 3 voters, bears 1 loss  1 learner  autopilot off');
  expect(heading).toMatch(/^NODE +ROLE +STATE +LAG +HEARD +ADDRESS +VERSION +USED +LABELS$/);
  expect(rows[0]).toMatch(/^n1 +leader +alive +0 +- +http:\/\/n1:8080 +0\.1\.0 +cpu 0\.25\/2 /);
  expect(rows[3]).toMatch(/^n4 +learner +alive +1200 \(snapshot\) +12ms ago +http:\/\/n4:8080/);
  // Every column begins where its heading begins.
  for (const row of rows.slice(0, 4)) {
    expect(row[heading!.indexOf('VERSION')]).toBe('0');
    expect(row[heading!.indexOf('VERSION') - 1]).toBe(' ');
  }
});

test('cli: cluster says what is missing and what is under way', async () => {
  const { env, service } = await cluster();
  const usual = service.cluster();
  service.cluster = () => ({
    ...usual,
    leader: null,
    pendingChange: logIndex(17),
    autopilot: true,
    members: usual.members.slice(1).map((member) => ({ ...member, progress: null, version: null })),
  });
  const { out } = await skein(['cluster'], { env });
  expect(out).toContain('led by nobody');
  expect(out).toContain('2 of 3 voters  1 learner  autopilot on  a change at index 17 waits');
  // What is not known to the node that answers has no column.
  expect(out).toMatch(/^NODE +ROLE +STATE +ADDRESS +USED +LABELS$/m);
});

test('cli: cluster says how many losses it still bears, and which node is silent', async () => {
  const { env, service } = await cluster();
  const usual = service.cluster();
  const silent = { match: logIndex(3), lag: 40, heardMsAgo: 185_000, by: 'log' } as const;
  service.cluster = () => ({
    ...usual,
    members: usual.members.map((member) =>
      member.node === 'n2' ? { ...member, progress: silent } : member,
    ),
  });
  const { out } = await skein(['cluster'], { env });
  expect(out).toContain('3 of 3 voters, bears no loss  1 learner');
  expect(out).toMatch(/^n2 +voter +alive +40 +3m05s ago /m);
});

test('cli: members are promoted, demoted, replaced and removed', async () => {
  const { env, service } = await cluster();
  const promoted = await skein(['cluster', 'promote', 'n4'], { env });
  expect(promoted).toEqual({
    code: 0,
    out: 'n4  votes\nvoters n1,n2,n3,n4  learners none\n',
    err: '4 voters bear as many losses as 3: 1.\n',
  });
  const demoted = await skein(['cluster', 'demote', 'n2'], { env });
  expect(demoted.out).toBe(
    'n2  votes no more, until it is promoted\nvoters n1,n3,n4  learners n2\n',
  );
  expect((await skein(['cluster'], { env })).out).toMatch(/^n2 +learner /m);
  const replaced = await skein(['cluster', 'replace', 'n3', 'n2'], { env });
  expect(replaced.out).toContain('n3  removed; n2 votes in its place\nvoters n1,n4,n2 ');
  const removed = await skein(['cluster', 'remove', 'n4', '--json'], { env });
  expect(JSON.parse(removed.out)).toMatchObject({
    index: 5,
    members: { voters: [{ node: 'n1' }, { node: 'n2' }], learners: [] },
  });
  expect(service.memberRequests.at(-1)).toEqual({ action: 'remove', node: 'n4' });
});

test('cli: a change that the cluster refuses says why and what to do', async () => {
  const { env, service } = await cluster();
  const unknown = await skein(['cluster', 'promote', 'n9'], { env });
  expect(unknown.code).toBe(3);
  expect(unknown.err).toContain('(NOT_A_MEMBER)');
  expect(unknown.err).toContain('a node joins by being started');
  service.members = fakeMembers(['n1'], []);
  const last = await skein(['cluster', 'remove', 'n1'], { env });
  expect([last.code, last.err]).toEqual([1, expect.stringContaining('(LAST_VOTER)')]);
  const json = await skein(['cluster', 'remove', 'n1', '--json'], { env });
  expect(JSON.parse(json.err).error).toMatchObject({ code: 'LAST_VOTER' });
});

test('cli: a change waits for the one before it', async () => {
  const { env, service } = await cluster();
  service.refuseAll = refusal('CHANGE_PENDING', 'an earlier change is not committed yet');
  const waiting = skein(['cluster', 'promote', 'n4'], { env });
  while (service.memberRequests.length < 2) await new Promise((done) => setImmediate(done));
  service.refuseAll = null;
  expect((await waiting).out).toContain('n4  votes\n');
});

test('cli: what a member command lacks is a wrong usage', async () => {
  const { env } = await cluster();
  expect((await skein(['cluster', 'promote'], { env })).code).toBe(2);
  expect((await skein(['cluster', 'replace', 'n1'], { env })).code).toBe(2);
  expect((await skein(['cluster', 'promte', 'n1'], { env })).code).toBe(2);
});

test('cli: a node of the previous version is shown with what it says', async () => {
  const member = {
    ...{ node: 'n1', role: 'follower', state: 'alive', address: 'http://n1:8080' },
    ...{ capacity: {}, used: {}, labels: {}, since: null },
  };
  const view = { cluster: 'main', clusterId: 'c', leader: null, term: 1, commit: 2 };
  const old = createServer((_, response) => {
    response.end(JSON.stringify({ ...view, members: [member] }));
  });
  await once(old.listen(0, '127.0.0.1'), 'listening');
  const address = old.address();
  const port = typeof address === 'object' ? address?.port : 0;
  const { code, out } = await skein(['cluster', '--server', `127.0.0.1:${port}`], {});
  old.close();
  expect(code).toBe(0);
  expect(out).toBe(
    'main  led by nobody  term 1  commit 2\n\n' +
      'NODE  ROLE      STATE  ADDRESS         USED  LABELS\n' +
      'n1    follower  alive  http://n1:8080  -\n',
  );
});

test('cli: transfer names the node that is to lead', async () => {
  const { env } = await cluster();
  expect((await skein(['transfer', 'n3'], { env })).out).toBe('led by n3\n');
  const wrong = await skein(['transfer', 'n 3'], { env });
  expect([wrong.code, wrong.err]).toEqual([1, expect.stringContaining('(BODY_INVALID)')]);
});
