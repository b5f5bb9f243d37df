/**
 * Requests over a fixed number of connections that stay open, as clients under load send them.
 * `fetch` would cost the measuring program more than a node needs for the answer.
 */
import { Agent, request } from 'node:http';
import { Problem } from '../cluster/problem.ts';
import { percentile } from './figures.ts';

export interface Asked {
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly path: string;
  /** JSON; empty with a `GET`. */
  readonly body: string;
}

export class Connections {
  readonly #url: string;
  readonly #agent: Agent;

  constructor(url: string, count: number) {
    this.#url = url;
    this.#agent = new Agent({ keepAlive: true, maxSockets: count });
  }

  /** Resolves when a node has answered that it is done; everything else ends the measurement. */
  send({ method, path, body }: Asked): Promise<void> {
    const headers = { 'content-type': 'application/json', 'content-length': body.length };
    return new Promise((resolve, reject) => {
      const sent = request(this.#url + path, { method, headers, agent: this.#agent }, (answer) => {
        let text = '';
        answer.setEncoding('utf8');
        answer.on('data', (part: string) => {
          text += part;
        });
        answer.once('end', () => {
          const status = answer.statusCode ?? 0;
          if (status < 300) resolve();
          else reject(new Problem(`${method} ${path} was answered ${status}: ${text}`, 1));
        });
      });
      sent.once('error', reject);
      sent.end(body);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}

/** Calls `act` with 0, 1, 2… until `isOver`, `lines` of them under way at any time. */
export async function inLines(
  lines: number,
  isOver: (next: number) => boolean,
  act: (place: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  const line = async (): Promise<void> => {
    while (!isOver(next)) await act(next++);
  };
  await Promise.all(Array.from({ length: lines }, line));
}

/** How many requests were answered in a second, and how long one took. */
export interface AnswerTimes {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Asks for so many seconds, `lines` requests under way at any time. */
export async function askFor(
  url: string,
  { lines, seconds }: { readonly lines: number; readonly seconds: number },
  ask: (place: number) => Asked,
): Promise<AnswerTimes> {
  const connections = new Connections(url, lines);
  const timesMs: number[] = [];
  const beganMs = performance.now();
  const endMs = beganMs + seconds * 1000;
  await inLines(
    lines,
    () => performance.now() >= endMs,
    async (place) => {
      const sentMs = performance.now();
      await connections.send(ask(place));
      timesMs.push(performance.now() - sentMs);
    },
  );
  const tookMs = performance.now() - beganMs;
  connections.close();
  return {
    perSecond: (timesMs.length * 1000) / tookMs,
    p50Ms: percentile(timesMs, 0.5),
    p99Ms: percentile(timesMs, 0.99),
  };
}
