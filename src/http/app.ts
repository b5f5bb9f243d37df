/** All routes of the contract on one Hono app; no sockets here, so tests call `app.request`. */
import { Hono } from 'hono';
import { type ConnectionTester, noTester } from '../api/connection-tester.ts';
import { contract } from '../api/contract.ts';
import type { Endpoint } from '../api/contract-kit.ts';
import { type DagReader, readInPlace } from '../api/dag-reader.ts';
import { problemOf, problemOfRefusal } from '../api/problems.ts';
import type { NodeService } from '../api/service.ts';
import type { TestHooks } from '../api/test-hooks.ts';
import { noVault, type Vault } from '../api/vault.ts';
import type { Trace } from '../base/trace.ts';
import { artifactRoutes } from './artifact-routes.ts';
import { backfillRoutes } from './backfill-routes.ts';
import { noteMessage, refuseByHeader } from './body.ts';
import { connectionRoutes } from './connection-routes.ts';
import { dagRoutes } from './dag-routes.ts';
import { followRoutes } from './follow-routes.ts';
import { forecastRoutes } from './forecast-routes.ts';
import { givenRoutes } from './given-routes.ts';
import { gridRoutes } from './grid-routes.ts';
import { hintRoutes } from './hint-routes.ts';
import { holderRoutes } from './holder-routes.ts';
import { hookRoutes } from './hook-routes.ts';
import { refuseByHost } from './hosts.ts';
import { lifelineRoute } from './lifeline.ts';
import type { HttpLimits } from './limits.ts';
import { logRoutes } from './log-routes.ts';
import { nodeRoutes } from './node-routes.ts';
import { objectRoutes } from './object-routes.ts';
import { operatorRoutes } from './operator-routes.ts';
import { allowance, clusterOrigins } from './origins.ts';
import { problemReply } from './reply.ts';
import type { Door } from './route.ts';
import { runRoutes } from './run-routes.ts';
import { scalingRoutes } from './scaling-routes.ts';
import { scheduleRoutes } from './schedule-routes.ts';
import { serviceRoutes } from './service-routes.ts';
import { sharingRoutes } from './sharing-routes.ts';
import { streamRoutes } from './stream-routes.ts';
import type { Streams } from './streams.ts';
import { testRoutes } from './test-routes.ts';
import { versionRoutes } from './version-routes.ts';
import type { WebAssets } from './web-assets.ts';
import { whyRoutes } from './why-routes.ts';

export interface AppOptions {
  readonly service: NodeService;
  /** In place, unless said. */
  readonly readDag?: DagReader | undefined;
  /** One without keys, unless said. */
  readonly vault?: Vault | undefined;
  /** One that tries nothing, unless said. */
  readonly tester?: ConnectionTester | undefined;
  readonly streams: Streams;
  readonly lifelines: Streams;
  /** Null: refused, as on every node that is not made to be broken. */
  readonly testHooks: TestHooks | null;
  /** The page; none, unless said. */
  readonly web?: WebAssets | undefined;
  readonly limits: HttpLimits;
  /** Names under which it may be asked, beside addresses and those of the cluster. */
  readonly hosts?: readonly string[];
  readonly trace: Trace;
}

export function createApp(options: AppOptions): Hono {
  const { service, streams, limits, readDag = readInPlace } = options;
  const { vault = noVault, tester = noTester } = options;
  const app = new Hono();
  const door: Door = { app, service, readDag, vault, tester, limits };
  const known = { service, names: options.hosts ?? [] };
  const applied = () => service.reader.appliedIndex();
  app.use(async (context, next) => {
    const { raw } = context.req;
    noteMessage(raw, context.env);
    const refused =
      refuseByHost(raw.headers.get('host'), known) ??
      refuseByHeader(raw.headers, limits.bodyBytesMax);
    if (refused !== undefined) return problemReply(refused, applied());
    return next();
  });
  // Pages of the other nodes: what they may read is decided by the browser, by these headers.
  app.use(async (context, next) => {
    const origin = context.req.header('origin');
    if (origin === undefined || !clusterOrigins(service).has(origin)) return next();
    const asksFirst = context.req.method === 'OPTIONS';
    if (asksFirst) context.res = new Response(null, { status: 204 });
    else await next();
    for (const [name, value] of Object.entries(allowance(origin))) {
      context.res.headers.set(name, value);
    }
    return undefined;
  });
  dagRoutes(door);
  runRoutes(door);
  scheduleRoutes(door);
  objectRoutes(door);
  connectionRoutes(door);
  operatorRoutes(door);
  backfillRoutes(door);
  versionRoutes(door);
  forecastRoutes(door);
  hintRoutes(door);
  gridRoutes(door);
  hookRoutes(door);
  streamRoutes(door, streams);
  followRoutes(door);
  nodeRoutes(door);
  sharingRoutes(door);
  scalingRoutes(door);
  whyRoutes(door);
  logRoutes(door);
  artifactRoutes(door, streams);
  givenRoutes(door);
  holderRoutes(door);
  serviceRoutes(door);
  lifelineRoute(door, options.lifelines);
  testRoutes(door, options.testHooks);
  app.notFound(async ({ req }) => {
    const file = await options.web?.answer(req.raw, clusterOrigins(service));
    if (file !== undefined) return file;
    const allowed = methodsAt(req.path);
    const detail = `${req.method} ${req.path.slice(0, 200)}`;
    if (allowed.length === 0) {
      return problemReply(problemOf('ROUTE_NOT_FOUND', `there is no ${detail}`), applied());
    }
    const problem = problemOf('METHOD_NOT_ALLOWED', `${detail}: use ${allowed.join(' or ')}`);
    return problemReply(problem, applied(), { allow: allowed.join(', ') });
  });
  answerErrors(app, options);
  return app;
}

function answerErrors(app: Hono, { service, trace }: AppOptions): void {
  const applied = () => service.reader.appliedIndex();
  app.onError(async (error, { req }) => {
    // Reads fail where no log is open, and it may be closed while it is read.
    const ready = await service.reader.ready({ minIndex: null, linearizable: false });
    if (!ready.ok) return problemReply(problemOfRefusal(ready.error), applied());
    trace('error', 'http.internal', { method: req.method, path: req.path, error: String(error) });
    return problemReply(problemOf('INTERNAL', 'the node could not answer'), applied());
  });
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
