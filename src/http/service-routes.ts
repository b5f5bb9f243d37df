/** Routes about the service itself: cluster, node, health, metrics, the description of the API. */
import { contract } from '../api/contract.ts';
import type { MemberRequest } from '../api/member-request.ts';
import { openApi } from '../api/openapi.ts';
import { type Problem, problemOf, problemOfRefusal } from '../api/problems.ts';
import { fail, ok, type Result } from '../base/result.ts';
import { clusterView } from '../model/views.ts';
import type { Learner, Member } from '../raft/members.ts';
import { replyHeaders } from './reply.ts';
import { type Door, rawRoute, route, type Success } from './route.ts';

export function serviceRoutes(door: Door): void {
  clusterRoutes(door);
  memberRoutes(door);
  healthRoutes(door);
  descriptionRoutes(door);
}

function clusterRoutes(door: Door): void {
  const { service } = door;
  const applied = () => service.reader.appliedIndex();
  route(door, contract.getCluster, async () =>
    ok({ index: applied(), value: clusterView(service.cluster()) }),
  );
  route(door, contract.getNode, async () => ok({ index: applied(), value: service.status() }));
  route(door, contract.transfer, async ({ body }) => {
    const done = await service.transfer(body.to ?? null);
    if (!done.ok) return fail(problemOfRefusal(done.error));
    return ok({ index: applied(), value: { leader: done.value } });
  });
}

interface MembersReply {
  readonly index: number;
  readonly members: { readonly voters: readonly Member[]; readonly learners: readonly Learner[] };
}

function memberRoutes(door: Door): void {
  const change = async (
    request: MemberRequest,
  ): Promise<Result<Success<MembersReply>, Problem>> => {
    const done = await door.service.changeMembers(request);
    if (!done.ok) return fail(problemOfRefusal(done.error));
    const { index, members } = done.value;
    const { voters, learners } = members;
    return ok({ index, value: { index, members: { voters, learners } } });
  };
  route(door, contract.changeMembers, ({ body }) => change(body));
  route(door, contract.removeMember, ({ params }) =>
    change({ action: 'remove', node: params.node }),
  );
}

function healthRoutes(door: Door): void {
  const { service } = door;
  const applied = () => service.reader.appliedIndex();
  route(door, contract.live, async () =>
    ok({ index: applied(), value: { status: 'live' as const } }),
  );
  route(door, contract.ready, async () => {
    if (service.isReady()) return ok({ index: applied(), value: { status: 'ready' as const } });
    const { role, leader } = service.status();
    return fail(
      problemOf('NOT_READY', `this node is ${role}; its leader is ${leader ?? 'nobody'}`),
    );
  });
  route(door, contract.health, async () => {
    const ready = service.isReady();
    const { node, role, leader, applied: index } = service.status();
    const status = ready ? 'ready' : 'not ready';
    const value = { status, node, role, leader, applied: index };
    return ok({ index: applied(), status: ready ? 200 : 503, value });
  });
}

function descriptionRoutes(door: Door): void {
  const { service } = door;
  rawRoute(door, contract.metrics, async () => {
    const index = service.reader.appliedIndex();
    const headers = replyHeaders(index, 'text/plain; version=0.0.4; charset=utf-8');
    return new Response(await service.metrics(), { headers });
  });
  // The description does not change while the node lives.
  const description = openApi(service.status().version);
  route(door, contract.openapi, async () =>
    ok({ index: service.reader.appliedIndex(), value: description }),
  );
}
