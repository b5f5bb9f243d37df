/** What every command shares: its options, its client, and how it ends. */
import type { Command } from 'commander';
import { fail, type Result } from '../base/result.ts';
import { Client, interrupted } from './client.ts';
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

/** One JSON document on standard output. */
export function printJson({ terminal }: Session, value: unknown): Outcome {
  terminal.out(`${jsonText(value, 2)}\n`);
  return done;
}

function parseUrl(text: string): URL | null {
  return URL.canParse(text) ? new URL(text) : null;
}
