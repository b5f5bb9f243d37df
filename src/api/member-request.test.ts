import { expect, test } from 'vitest';
import { incarnation, nodeId } from '../base/brand.ts';
import { changeMembers, type Members } from '../raft/members.ts';
import { type MemberRequest, memberRefusal, planMembers } from './member-request.ts';

const member = (name: string) => ({
  node: nodeId(name),
  incarnation: incarnation(`data-${name}`),
});

const cluster = (voters: readonly string[], learners: readonly string[] = []): Members => ({
  voters: voters.map(member),
  learners: learners.map((name) => ({ ...member(name), held: false })),
  removed: [],
});

/** The kinds and nodes of the steps, or the code of the refusal. */
function plan(members: Members, request: MemberRequest): string {
  const planned = planMembers(members, request);
  if (!planned.ok) return planned.error.code;
  return planned.value
    .map((step) => `${step.kind} ${step.kind === 'add-learner' ? step.member.node : step.node}`)
    .join(', ');
}

const of = (action: 'promote' | 'demote' | 'remove', node: string): MemberRequest => ({
  action,
  node: nodeId(node),
});
const replace = (node: string, successor: string): MemberRequest => ({
  action: 'replace',
  node: nodeId(node),
  with: nodeId(successor),
});

test('members: a request is the one step that it names', () => {
  const three = cluster(['n1', 'n2', 'n3'], ['n4']);
  expect(plan(three, of('promote', 'n4'))).toBe('promote n4');
  expect(plan(three, of('demote', 'n3'))).toBe('demote n3');
  expect(plan(three, of('remove', 'n3'))).toBe('remove n3');
  expect(plan(three, { action: 'add', ...member('n5') })).toBe('add-learner n5');
});

test('members: what is so already needs no step, so a repeated request does no harm', () => {
  const three = cluster(['n1', 'n2', 'n3'], ['n4']);
  expect(plan(three, of('promote', 'n3'))).toBe('');
  expect(plan(three, of('demote', 'n4'))).toBe('');
  expect(plan(three, { action: 'add', ...member('n4') })).toBe('');
  expect(plan(cluster(['n1', 'n2', 'n4']), replace('n3', 'n4'))).toBe('');
});

test('members: a name that nobody has is refused', () => {
  const three = cluster(['n1', 'n2', 'n3']);
  for (const action of ['promote', 'demote', 'remove'] as const) {
    expect(plan(three, of(action, 'n9'))).toBe('NOT_A_MEMBER');
  }
  expect(plan(three, replace('n3', 'n9'))).toBe('NOT_A_MEMBER');
  expect(plan(three, replace('n3', 'n3'))).toBe('NOT_A_LEARNER');
  expect(plan(cluster(['n1'], ['n4']), replace('n9', 'n4'))).toBe('NOT_A_MEMBER');
});

test('members: the successor votes before the old voter leaves, unless there is no room', () => {
  expect(plan(cluster(['n1', 'n2', 'n3'], ['n4']), replace('n3', 'n4'))).toBe(
    'promote n4, remove n3',
  );
  // The first step is done already: the request goes on behind it.
  expect(plan(cluster(['n1', 'n2', 'n3', 'n4']), replace('n3', 'n4'))).toBe('remove n3');
  const seven = cluster(['n1', 'n2', 'n3', 'n4', 'n5', 'n6', 'n7'], ['n8']);
  expect(plan(seven, replace('n7', 'n8'))).toBe('remove n7, promote n8');
});

test('members: every plan is a chain of changes that the configuration takes', () => {
  const start = cluster(['n1', 'n2', 'n3'], ['n4']);
  for (const request of [of('promote', 'n4'), of('demote', 'n1'), replace('n1', 'n4')]) {
    const planned = planMembers(start, request);
    let members = start;
    for (const step of planned.ok ? planned.value : []) {
      const changed = changeMembers(members, step);
      expect(changed.ok).toBe(true);
      if (changed.ok) members = changed.value;
    }
    // Asked again, nothing is left to do.
    expect(plan(members, request)).toBe('');
  }
});

test('members: a refusal names the node and has a code of its own', () => {
  const change = { kind: 'remove', node: nodeId('n1') } as const;
  expect(memberRefusal('last-voter', change)).toEqual({
    code: 'LAST_VOTER',
    detail: 'node n1 is the only voter',
  });
  expect(memberRefusal('change-pending', change).code).toBe('CHANGE_PENDING');
  const add = { kind: 'add-learner', member: member('n5') } as const;
  expect(memberRefusal('was-removed', add)).toMatchObject({
    code: 'MEMBER_REMOVED',
    detail: expect.stringContaining('n5'),
  });
});
