/** All routes of the contract on one Hono app; no sockets here, so tests call `app.request`. */
import { Hono } from 'hono';
import { contract } from '../api/contract.ts';
import type { Endpoint } from '../api/contract-kit.ts';
import { problemOf } from '../api/problems.ts';
import type { NodeService } from '../api/service.ts';
import type { Trace } from '../base/trace.ts';
import { refuseByHeader } from './body.ts';
import { dagRoutes } from './dag-routes.ts';
import type { HttpLimits } from './limits.ts';
import { problemReply } from './reply.ts';
import type { Door } from './route.ts';
import { runRoutes } from './run-routes.ts';
import { serviceRoutes } from './service-routes.ts';
import { streamRoutes } from './stream-routes.ts';
import type { Streams } from './streams.ts';

export interface AppOptions {
  readonly service: NodeService;
  readonly streams: Streams;
  readonly limits: HttpLimits;
  readonly trace: Trace;
}

export function createApp({ service, streams, limits, trace }: AppOptions): Hono {
  const app = new Hono();
  const door: Door = { app, service, limits };
  const applied = () => service.reader.appliedIndex();
  app.use(async (context, next) => {
    const refused = refuseByHeader(context.req.raw.headers, limits.bodyBytesMax);
    if (refused !== undefined) return problemReply(refused, applied());
    return next();
  });
  dagRoutes(door);
  runRoutes(door);
  streamRoutes(door, streams);
  serviceRoutes(door);
  app.notFound(({ req }) => {
    const allowed = methodsAt(req.path);
    const detail = `${req.method} ${req.path.slice(0, 200)}`;
    if (allowed.length === 0) {
      return problemReply(problemOf('ROUTE_NOT_FOUND', `there is no ${detail}`), applied());
    }
    const problem = problemOf('METHOD_NOT_ALLOWED', `${detail}: use ${allowed.join(' or ')}`);
    return problemReply(problem, applied(), { allow: allowed.join(', ') });
  });
  app.onError((error, { req }) => {
    trace('error', 'http.internal', { method: req.method, path: req.path, error: String(error) });
    return problemReply(problemOf('INTERNAL', 'the node could not answer'), applied());
  });
  return app;
}

const patterns: readonly (readonly [RegExp, string])[] = Object.values<Endpoint>(contract).map(
  ({ path, method }) => [
    new RegExp(`^${path.replace(/[.]/g, '\\.').replace(/\{\w+\}/g, '[^/]+')}$`),
    method,
  ],
);

/** The methods that the contract has for a path. */
const methodsAt = (path: string): readonly string[] => [
  ...new Set(patterns.filter(([pattern]) => pattern.test(path)).map(([, method]) => method)),
];
