/**
 * One request to one node, and what is known afterwards. It knows no more of the API than HTTP and
 * the shape of problems, so that it is a witness of its own.
 */
import { request } from 'node:http';
import { z } from 'zod';

export interface Question {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE';
  /** `/api/v1/…`, query included. */
  readonly path: string;
  readonly body?: string;
  readonly contentType?: string;
  /** Makes a write repeatable. */
  readonly key?: string;
  readonly timeoutMs?: number;
}

/**
 * `refused`: the node has answered, and nothing happened. `unsent`: nobody listens there, and
 * nothing happened. `unknown`: no answer, or one that leaves it open (5xx).
 */
export type Answer =
  | { readonly kind: 'ok'; readonly status: number; readonly body: unknown }
  | { readonly kind: 'refused'; readonly status: number; readonly code: string }
  | { readonly kind: 'unsent' }
  | { readonly kind: 'unknown'; readonly why: string };

const timeoutMsDefault = 3_000;
const problem = z.object({ code: z.string() });

export async function askNode(port: number, question: Question): Promise<Answer> {
  const reply = await send(port, question);
  if (reply.kind !== 'reply') return reply;
  const { status, text } = reply;
  const body = parseJson(text);
  if (status < 300) return { kind: 'ok', status, body };
  const code = problem.safeParse(body).data?.code ?? `HTTP_${status}`;
  return status >= 500 ? { kind: 'unknown', why: code } : { kind: 'refused', status, code };
}

type Reply =
  | { readonly kind: 'reply'; readonly status: number; readonly text: string }
  | { readonly kind: 'unsent' }
  | { readonly kind: 'unknown'; readonly why: string };

function send(port: number, question: Question): Promise<Reply> {
  const { method, path, body, contentType = 'application/json', key } = question;
  const headers = {
    ...(body === undefined ? {} : { 'content-type': contentType }),
    ...(key === undefined ? {} : { 'idempotency-key': key }),
  };
  // A connection of its own: one that is kept may die with its node while a request is on it.
  const where = { host: '127.0.0.1', port, method, path, headers, agent: false } as const;
  return new Promise((resolve) => {
    const asked = request(where, (response) => {
      const pieces: Buffer[] = [];
      response.on('data', (piece: Buffer) => pieces.push(piece));
      response.on('error', () => resolve({ kind: 'unknown', why: 'BROKEN_OFF' }));
      response.on('end', () => {
        clearTimeout(timer);
        const text = Buffer.concat(pieces).toString('utf8');
        resolve({ kind: 'reply', status: response.statusCode ?? 0, text });
      });
    });
    const timer = setTimeout(() => {
      resolve({ kind: 'unknown', why: 'TIMEOUT' });
      asked.destroy();
    }, question.timeoutMs ?? timeoutMsDefault);
    asked.on('error', (error: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      const unsent = error.code === 'ECONNREFUSED';
      resolve(unsent ? { kind: 'unsent' } : { kind: 'unknown', why: error.code ?? 'ERROR' });
    });
    asked.end(body);
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
