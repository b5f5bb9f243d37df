/**
 * The lifeline: a response that begins and then says nothing. Its only news is its end: when this
 * process dies, however it dies, the kernel closes its sockets, and whoever holds the other end
 * learns it within milliseconds. It is a hint for elections and proves nothing else.
 *
 * Owns: one place among the lifelines for as long as the connection lives. Nothing is written and
 * no timer runs, so a thousand quiet hours cost a socket.
 */
import { contract } from '../api/contract.ts';
import { problemOf } from '../api/problems.ts';
import { problemReply, replyHeaders } from './reply.ts';
import { type Door, rawRoute } from './route.ts';
import type { Streams } from './streams.ts';

/** `lifelines` end when the node stops in good order: that is a death too, for who listens. */
export function lifelineRoute(door: Door, lifelines: Streams): void {
  rawRoute(door, contract.lifeline, async ({ request }) => {
    const applied = door.service.reader.appliedIndex();
    const headers = replyHeaders(applied, 'text/plain; charset=utf-8');
    if (request.method === 'HEAD') return new Response(null, { headers });
    const body = quietBody(lifelines);
    if (body !== undefined) return new Response(body, { headers });
    const detail = `this node holds ${door.limits.lifelinesMax} lifelines already`;
    return problemReply(problemOf('TOO_MANY_STREAMS', detail), applied);
  });
}

function quietBody(lifelines: Streams): ReadableStream<Uint8Array> | undefined {
  let end = (): void => {};
  const place = lifelines.enter(() => end());
  if (place === undefined) return undefined;
  return new ReadableStream<Uint8Array>({
    start: (controller) => {
      end = () => controller.close();
      // Headers leave with the first byte of the body, and they are what the client waits for.
      controller.enqueue(new Uint8Array([newline]));
    },
    cancel: () => place.leave(),
  });
}

const newline = 0x0a;
