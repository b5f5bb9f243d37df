/** Runs commands in this process, against real HTTP servers over services in memory. */
import type { Command } from 'commander';
import { afterEach } from 'vitest';
import type { NodeConfig } from '../../src/api/config.ts';
import { present } from '../../src/base/assert.ts';
import { silentTrace } from '../../src/base/trace.ts';
import { type ProgramOptions, runProgram } from '../../src/cli/program.ts';
import { type HttpServer, startHttpServer } from '../../src/http/server.ts';
import { FakeService } from '../http/fake-service.ts';

const open: HttpServer[] = [];

afterEach(async () => {
  for (const server of open.splice(0)) await server.stop(0);
});

export async function serve(service = new FakeService()): Promise<{
  readonly service: FakeService;
  readonly server: HttpServer;
}> {
  const server = await startHttpServer({
    service,
    host: '127.0.0.1',
    port: 0,
    trace: silentTrace,
    limits: { heartbeatMs: 50 },
  });
  open.push(server);
  return { service, server };
}

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
  readonly interrupt?: AbortSignal;
  readonly onOut?: (all: string) => void;
  readonly started?: NodeConfig[];
  readonly extend?: NonNullable<ProgramOptions['extend']>;
}

export async function skein(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  let out = '';
  let err = '';
  const code = await runProgram({
    args,
    ...(options.extend && { extend: options.extend }),
    ...(options.extend !== undefined && { extend: options.extend }),
    launchers: {
      startNode: async (config) => {
        options.started?.push(config);
        return 0;
      },
      runBroker: async () => 0,
    },
    terminal: {
      outBytes: async (bytes) => {
        out += new TextDecoder().decode(bytes);
      },
      out: (text) => {
        out += text;
        options.onOut?.(out);
      },
      err: (text) => {
        err += text;
      },
      paint: (_, text) => text,
      isInteractive: false,
      env: options.env ?? {},
      readStdin: async () => options.stdin ?? '',
      interrupt: options.interrupt ?? new AbortController().signal,
    },
  });
  return { code, out, err };
}

/** The whole tree of commands, but for those that other rooms add. */
export async function commandTree(): Promise<Command> {
  let tree: Command | undefined;
  await skein(['completion', 'bash'], {
    extend: (program) => {
      tree = program;
    },
  });
  return present(tree, 'the program was made');
}

/** Waits for a condition, turn by turn of the event loop; the test's own time limit ends it. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}
