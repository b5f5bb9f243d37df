/** What every command shares: its options, its client, what it asks for, and how it ends. */
import type { Command } from 'commander';
import type { z } from 'zod';
import type { Endpoint } from '../api/contract-kit.ts';
import { fail, type Result } from '../base/result.ts';
import { Client, everyItem, type Input, interrupted, type Reply } from './client.ts';
import { exitCodes, type Failure } from './exit-codes.ts';
import { jsonText } from './format.ts';
import type { Launchers } from './launchers.ts';
import type { Terminal } from './terminal.ts';

export type Outcome = Result<number, Failure>;

/** What a command is given to work with. */
export interface Session {
  readonly terminal: Terminal;
  readonly client: Client;
  readonly launchers: Launchers;
  readonly json: boolean;
  readonly namespace: string | null;
}

/** Collects how the command ended; a program runs one command. */
export interface Stage {
  readonly terminal: Terminal;
  readonly launchers: Launchers;
  finish(outcome: Outcome, json: boolean): void;
}

export const done: Outcome = { ok: true, value: exitCodes.ok };

export const usage = (detail: string, next: string): Result<never, Failure> =>
  fail({ exitCode: exitCodes.usage, code: 'USAGE', detail, next });

const serverDefault = 'http://127.0.0.1:8080';

/** Turns a function of a session into a commander action. */
export function action<O extends object>(
  stage: Stage,
  run: (session: Session, options: O, args: readonly string[]) => Promise<Outcome>,
) {
  return async function act(this: Command): Promise<void> {
    const options = this.optsWithGlobals<
      O & { json?: boolean; server?: string; namespace?: string }
    >();
    const { terminal, launchers } = stage;
    const json = options.json === true;
    const namespace = options.namespace ?? terminal.env.SKEIN_NAMESPACE ?? null;
    const servers = serverList(options.server ?? terminal.env.SKEIN_SERVER ?? serverDefault);
    if (!servers.ok) return stage.finish(servers, json);
    const client = new Client({ servers: servers.value, namespace, signal: terminal.interrupt });
    const session = { terminal, client, launchers, json, namespace };
    const outcome = await run(session, options, this.args);
    const isCut = terminal.interrupt.aborted && outcome.ok && outcome.value !== exitCodes.ok;
    stage.finish(isCut ? fail(interrupted) : outcome, json);
  };
}

/** `http://a:8080,b:8080` -> base addresses; a scheme may be left out. */
function serverList(text: string): Result<readonly string[], Failure> {
  const servers: string[] = [];
  for (const part of text.split(',').map((piece) => piece.trim())) {
    if (part === '') continue;
    const url = parseUrl(part.includes('://') ? part : `http://${part}`);
    if (url === null || !url.protocol.startsWith('http')) {
      return usage(`"${part}" is not the address of a node`, 'Write --server http://host:8080.');
    }
    servers.push(url.href.replace(/\/+$/, ''));
  }
  return servers.length > 0
    ? { ok: true, value: servers }
    : usage('--server names no address', 'Write --server http://host:8080.');
}

/** Gathers the values of an option that may be repeated. */
export const collect = (value: string, before: readonly string[] = []): readonly string[] => [
  ...before,
  value,
];

/** Calls an endpoint and prints its reply: with `--json` as it came, else as `show` does it. */
export async function ask<E extends Endpoint>(
  session: Session,
  endpoint: E,
  input: Input<E>,
  show: (value: z.output<E['reply']>) => void,
): Promise<Outcome> {
  const reply = await session.client.call(endpoint, input);
  return reply.ok ? answer(session, reply.value, show) : reply;
}

/** The same for a reply that is there. */
export function answer<T>(session: Session, reply: Reply<T>, show: (value: T) => void): Outcome {
  if (session.json) return printJson(session, reply.raw);
  show(reply.value);
  return done;
}

/** Prints every item of a list, page after page: with `--json` as one array. */
export async function askAll<T>(
  session: Session,
  call: Parameters<typeof everyItem<T>>[0],
  show: (items: readonly T[]) => void,
): Promise<Outcome> {
  const items = await everyItem(call);
  if (!items.ok) return items;
  if (session.json) return printJson(session, items.value);
  show(items.value);
  return done;
}

/** One JSON document on standard output. */
export function printJson({ terminal }: Session, value: unknown): Outcome {
  terminal.out(`${jsonText(value, 2)}\n`);
  return done;
}

function parseUrl(text: string): URL | null {
  return URL.canParse(text) ? new URL(text) : null;
}
