/** Logs: trace events become JSON lines by pino, or coloured ones on a terminal. */
import { pino } from 'pino';
import type { Trace } from '../base/trace.ts';

export interface Logger {
  readonly trace: Trace;
  /** Writes what waits; call before the process ends. */
  flush(): void;
}

export interface LoggerOptions {
  readonly level: string;
  readonly node: string;
  readonly side: 'peer' | 'executor';
}

/** Names of fields that may hold a secret by somebody's mistake; their values never appear. */
const secretFields = ['secret', 'password', 'token', 'key', 'authorization'];

export function makeLogger(options: LoggerOptions): Logger {
  const base = { node: options.node, side: options.side };
  const redact = { paths: secretFields, censor: '[secret]' };
  const settings = { level: options.level, base, redact, messageKey: 'event' };
  const stream = process.stderr.isTTY
    ? pino.transport({ target: 'pino-pretty', options: prettyOptions })
    : pino.destination({ dest: 2, sync: true });
  // A terminal or a pipe that is gone is no reason to end a node, or the tasks of its executor.
  stream.on('error', () => {});
  const logger = pino(settings, stream);
  return {
    trace: (level, name, fields) => logger[level](fields ?? {}, name),
    flush: () => logger.flush(),
  };
}

const prettyOptions = {
  destination: 2,
  messageKey: 'event',
  ignore: 'pid,hostname,side',
  translateTime: 'SYS:HH:MM:ss.l',
} as const;
