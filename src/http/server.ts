/**
 * The HTTP server of a node: the app on a socket, with limits against slow, large and broken
 * requests.
 *
 * Owns: the listening socket, its connections, and the live streams. Does not own: the service.
 */
import { readFile } from 'node:fs/promises';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { getRequestListener, RequestError } from '@hono/node-server';
import type { ConnectionTester } from '../api/connection-tester.ts';
import type { DagReader } from '../api/dag-reader.ts';
import type { ProblemCode } from '../api/problem-code.ts';
import { type Problem, problemOf } from '../api/problems.ts';
import type { NodeService } from '../api/service.ts';
import type { TestHooks } from '../api/test-hooks.ts';
import type { Vault } from '../api/vault.ts';
import type { LogIndex } from '../base/brand.ts';
import type { Trace } from '../base/trace.ts';
import { createApp } from './app.ts';
import { tooLarge } from './body.ts';
import { connectionsFew, connectionsWithin, type HttpLimits, httpLimits } from './limits.ts';
import { problemReply, replyHeaders } from './reply.ts';
import { Streams } from './streams.ts';
import { WebAssets } from './web-assets.ts';

export interface HttpServerOptions {
  readonly service: NodeService;
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly trace: Trace;
  /** Names under which it may be asked, beside `host`, addresses and those of the cluster. */
  readonly allowedHosts?: readonly string[];
  readonly limits?: Partial<HttpLimits>;
  /** What reads definitions; in place, unless said. */
  readonly readDag?: DagReader;
  /** What seals secrets; one without keys, unless said. */
  readonly vault?: Vault;
  /** What tries connections; nothing, unless said. */
  readonly tester?: ConnectionTester;
  /** Only for a node that is made to be broken. */
  readonly testHooks?: TestHooks | undefined;
  /** Where the build has put the page; none, unless said. */
  readonly webFolder?: string;
}

export interface HttpServer {
  readonly host: string;
  readonly port: number;
  readonly url: string;
  /**
   * Ends streams, lets requests that are under way finish for `graceMs`, then closes all sockets.
   */
  stop(graceMs?: number): Promise<void>;
}

/** How long requests that are under way may take when the node stops, in milliseconds. */
const stopGraceMs = 2_000;
const sweepMs = 20;

/** Listens, or rejects with the error of the socket (`EADDRINUSE`…). */
export async function startHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const connectionsMax = await connectionsOfProcess(options.trace);
  const limits: HttpLimits = { ...httpLimits, connectionsMax, ...options.limits };
  const { service, trace, host, readDag, vault, tester } = options;
  const streams = new Streams(limits.streamsMax);
  const lifelines = new Streams(limits.lifelinesMax);
  const testHooks = options.testHooks ?? null;
  const web = options.webFolder === undefined ? undefined : new WebAssets(options.webFolder);
  const app = createApp({
    ...{ service, readDag, vault, tester, streams, lifelines, testHooks, limits, trace },
    ...{ web, hosts: [host.toLowerCase(), ...(options.allowedHosts ?? [])] },
  });
  const applied = () => service.reader.appliedIndex();
  const listener = getRequestListener(app.fetch, {
    overrideGlobalObjects: false,
    // Of a request that names no host, as one of HTTP/1.0 may; it has passed `hosts.ts` by then.
    hostname: 'localhost',
    errorHandler: (error) => problemReply(problemOfError(error), applied()),
  });
  const server = createServer(
    {
      connectionsCheckingInterval: Math.min(1_000, limits.headersMs),
      headersTimeout: limits.headersMs,
      keepAliveTimeout: 60_000,
      maxHeaderSize: limits.headerBytesMax,
      requestTimeout: limits.requestMs,
      // Such a request is let in by `hosts.ts`; Node would refuse it without a word.
      requireHostHeader: false,
    },
    (incoming, outgoing) => void listener(incoming, outgoing),
  );
  server.maxHeadersCount = limits.headersMax;
  server.maxConnections = limits.connectionsMax;
  server.on('clientError', refuseBroken);
  server.on('checkContinue', (incoming: IncomingMessage, outgoing: ServerResponse) => {
    if (Number(incoming.headers['content-length'] ?? 0) > limits.bodyBytesMax) {
      return refuseAtOnce(outgoing, tooLarge(limits.bodyBytesMax), applied());
    }
    outgoing.writeContinue();
    return void listener(incoming, outgoing);
  });
  server.on('checkExpectation', (_incoming: IncomingMessage, outgoing: ServerResponse) => {
    const problem = problemOf('REQUEST_MALFORMED', 'Expect may say 100-continue, and nothing else');
    refuseAtOnce(outgoing, problem, applied());
  });
  const port = await listen(server, host, options.port);
  const shownHost = host.includes(':') ? `[${host}]` : host;
  return {
    host,
    port,
    url: `http://${shownHost}:${port}`,
    stop: (graceMs = stopGraceMs) => {
      streams.endAll();
      lifelines.endAll();
      return stop(server, graceMs);
    },
  };
}

/** An idle connection holds a file, and without files the databases fail. */
async function connectionsOfProcess(trace: Trace): Promise<number> {
  // Where there is no such file, nobody can tell.
  const most = connectionsWithin(await readFile('/proc/self/limits', 'utf8').catch(() => ''));
  if (most < connectionsFew) {
    const why = 'the process may open few files: raise `ulimit -n`, or LimitNOFILE';
    trace('warn', 'http.few-connections', { connectionsMax: most, why });
  }
  return most;
}

function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      const address: AddressInfo | string | null = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}

function stop(server: Server, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => server.closeAllConnections(), graceMs);
    // Connections become idle one by one, as their requests end.
    const sweep = setInterval(() => server.closeIdleConnections(), sweepMs);
    server.close(() => {
      clearTimeout(cut);
      clearInterval(sweep);
      resolve();
    });
  });
}

/** The client asked before it sent its body, so it can be refused without any. */
function refuseAtOnce(outgoing: ServerResponse, problem: Problem, index: LogIndex): void {
  outgoing.writeHead(problem.status, {
    ...replyHeaders(index, 'application/problem+json'),
    connection: 'close',
  });
  outgoing.end(`${JSON.stringify(problem)}\n`);
}

/** What Node could parse and still has no address: `Host: a b`, `OPTIONS *`. */
function problemOfError(error: unknown): Problem {
  if (!(error instanceof RequestError)) return problemOf('INTERNAL', 'the node could not answer');
  return problemOf('REQUEST_MALFORMED', 'its host, or its address, is not one');
}

/** What Node's parser refuses never becomes a request; it gets the same kind of answer. */
function refuseBroken(error: Error & { readonly code?: string }, socket: Duplex): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const code = brokenCode(error.code);
  const problem = problemOf(code, detailOf(code));
  const body = `${JSON.stringify(problem)}\n`;
  const head = [
    `HTTP/1.1 ${problem.status} ${code}`,
    'Connection: close',
    'Content-Type: application/problem+json',
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}

function brokenCode(code: string | undefined): ProblemCode {
  if (code === 'HPE_HEADER_OVERFLOW') return 'HEADERS_TOO_LARGE';
  return code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 'REQUEST_TIMEOUT' : 'REQUEST_MALFORMED';
}

function detailOf(code: ProblemCode): string {
  if (code === 'HEADERS_TOO_LARGE') return 'the headers of the request are too large';
  if (code === 'REQUEST_TIMEOUT') return 'the request did not arrive in time';
  return 'the request could not be parsed';
}
