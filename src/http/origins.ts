/**
 * Who may use the API from a page: the node's own page, and the pages of the other nodes of its
 * cluster. A page stays in use when the node that served it dies; from then on it comes to us from
 * another origin. Everybody else's pages are refused, as they always were.
 */
import type { NodeService } from '../api/service.ts';

/** Origins of the cluster's nodes (`http://10.0.0.1:8080`), as far as this node knows them. */
export function clusterOrigins(service: NodeService): ReadonlySet<string> {
  const origins = service.cluster().members.flatMap(({ executor }) => {
    const origin = executor === null ? undefined : originOf(executor.address);
    return origin === undefined ? [] : [origin];
  });
  return new Set(origins);
}

/** What the browser asks for, and what it is told, before it lets another origin's page in. */
export const allowance = (origin: string): Readonly<Record<string, string>> => ({
  'access-control-allow-origin': origin,
  'access-control-allow-methods': 'GET, PUT, POST, DELETE',
  'access-control-allow-headers': 'content-type, idempotency-key, last-event-id',
  'access-control-expose-headers': '*',
  'access-control-max-age': '600',
  vary: 'origin',
});

function originOf(address: string): string | undefined {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  return url?.protocol === 'http:' || url?.protocol === 'https:' ? url.origin : undefined;
}
