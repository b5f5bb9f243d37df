import { expect, test } from 'vitest';
import { refusal } from '../../src/model/refusal.ts';
import { json, kit, post } from './kit.ts';

const path = '/api/v1/cluster/members';
const names = (members: readonly { node: string }[]) => members.map(({ node }) => node);

test('http: the cluster says who votes, how far each has come and what is under way', async () => {
  const { app } = kit();
  const cluster = await json(await app.request('/api/v1/cluster'));
  expect(cluster).toMatchObject({ expect: 3, autopilot: false, pendingChange: null });
  expect(cluster.members.at(-1)).toMatchObject({
    node: 'n4',
    role: 'learner',
    incarnation: 'data-n4',
    lag: 1200,
    heardMsAgo: 12,
    catchesUpBy: 'snapshot',
    version: '0.1.0',
  });
});

test('http: members are promoted, demoted, replaced and removed', async () => {
  const { app } = kit();
  const promoted = await post(app, path, { action: 'promote', node: 'n4' });
  expect(promoted.status).toBe(200);
  expect(promoted.headers.get('x-skein-index')).toBe('1');
  const first = await json(promoted);
  expect([first.index, names(first.members.voters)]).toEqual([1, ['n1', 'n2', 'n3', 'n4']]);
  const demoted = await json(await post(app, path, { action: 'demote', node: 'n3' }));
  expect(demoted.members.learners).toEqual([{ node: 'n3', incarnation: 'data-n3', held: true }]);
  const replaced = await json(await post(app, path, { action: 'replace', node: 'n2', with: 'n3' }));
  expect(names(replaced.members.voters)).toEqual(['n1', 'n4', 'n3']);
  const removed = await app.request(`${path}/n4`, { method: 'DELETE' });
  expect(names((await json(removed)).members.voters)).toEqual(['n1', 'n3']);
});

test('http: a member may be added by name and incarnation; usually it is started', async () => {
  const { app } = kit();
  const body = { action: 'add', node: 'n5', incarnation: 'abc' };
  const added = await json(await post(app, path, body));
  expect(names(added.members.learners)).toEqual(['n4', 'n5']);
  const without = await json(await post(app, path, { action: 'add', node: 'n6' }));
  expect(without.code).toBe('BODY_INVALID');
  expect(without.detail).toContain('skein node start');
});

test('http: a request about members that makes no sense says which part', async () => {
  const { app, service } = kit();
  for (const [body, words] of [
    [{ action: 'replace', node: 'n1' }, 'with: is missing'],
    [{ action: 'promote', node: 'n1', with: 'n2' }, 'belongs to the action "replace"'],
    [{ action: 'promote', node: 'n1', incarnation: 'x' }, 'belongs to the action "add"'],
    [{ action: 'fire', node: 'n1' }, 'one of add, promote, demote, remove, replace'],
    [{ action: 'promote' }, 'node'],
    [{ action: 'promote', node: 'n1', quickly: true }, 'unknown key "quickly"'],
  ] as const) {
    const response = await post(app, path, body);
    const problem = await json(response);
    expect([response.status, problem.code]).toEqual([400, 'BODY_INVALID']);
    expect(problem.detail).toContain(words);
  }
  expect(service.memberRequests).toEqual([]);
  expect((await app.request(`${path}/n%201`, { method: 'DELETE' })).status).toBe(400);
});

test('http: refusals about members have permanent codes and a next step', async () => {
  const { app, service } = kit();
  const unknown = await app.request(`${path}/n9`, { method: 'DELETE' });
  expect([unknown.status, (await json(unknown)).code]).toEqual([404, 'NOT_A_MEMBER']);
  service.refuseAll = refusal('CHANGE_PENDING', 'an earlier change is not committed yet');
  const pending = await post(app, path, { action: 'promote', node: 'n4' });
  expect([pending.status, pending.headers.get('retry-after')]).toEqual([409, '1']);
  service.refuseAll = null;
  for (const node of ['n2', 'n3']) await app.request(`${path}/${node}`, { method: 'DELETE' });
  const last = await json(await app.request(`${path}/n1`, { method: 'DELETE' }));
  expect([last.code, last.next]).toEqual(['LAST_VOTER', 'Promote another node first.']);
});

test('http: a hand-over that did not happen is a problem of its own', async () => {
  const { app, service } = kit();
  service.refuseAll = refusal('TRANSFER_FAILED', 'the target did not take over in time');
  const response = await post(app, '/api/v1/cluster/transfer', { to: 'n2' });
  expect([response.status, (await json(response)).code]).toEqual([409, 'TRANSFER_FAILED']);
});

test('http: a cluster without room refuses new work and says when to come again', async () => {
  const { app, service } = kit();
  service.refuseAll = refusal('DISK_FULL', 'node n2 has 12Mi left');
  const response = await post(app, '/api/v1/dags/chain/runs', {});
  expect([response.status, response.headers.get('retry-after')]).toEqual([507, '10']);
  expect((await json(response)).detail).toContain('n2');
});
