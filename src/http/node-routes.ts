/** Routes of the nodes as places for tasks: what they have, what runs there, and their drain. */
import { contract } from '../api/contract.ts';
import { problemOf } from '../api/problems.ts';
import { fail, ok } from '../base/result.ts';
import { nodeDetailView, nodeViews } from '../model/views/nodes.ts';
import { timeTextOrNull } from '../model/views/time.ts';
import { pageOf } from './pages.ts';
import { type Door, route } from './route.ts';
import { acknowledge, submit, unexpectedReply } from './submit.ts';

export function nodeRoutes(door: Door): void {
  const { reader } = door.service;
  route(door, contract.listNodes, async ({ query }) => {
    const { index, value } = await reader.look(nodeViews);
    return ok({ index, value: pageOf(value, { key: ({ node }) => node }, query) });
  });
  route(door, contract.showNode, async ({ params: { node } }) => {
    const { index, value } = await reader.look((state) => nodeDetailView(state, node));
    if (value !== undefined) return ok({ index, value });
    return fail(problemOf('NODE_NOT_FOUND', `there is no node ${node}`));
  });
  route(door, contract.drainNode, async (call) => {
    const { node } = call.params;
    const graceMs = call.body.grace ?? null;
    const done = await submit(door, call, { kind: 'drain-node', node, graceMs });
    if (!done.ok) return done;
    const { reply, index } = done.value;
    if (reply.kind !== 'node-drained') return unexpectedReply(reply);
    const { until, attempts } = reply;
    return ok({ index, value: { node, until: timeTextOrNull(until), attempts, index } });
  });
  route(door, contract.resumeNode, (call) => {
    const { node } = call.params;
    return acknowledge(door, call, { kind: 'resume-node', node }, { node });
  });
}
