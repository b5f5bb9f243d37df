/**
 * One try of the lifeline: a request to a node that is answered at once and then never again, for
 * as long as the node's process lives. The kernel closes the sockets of a process that ends,
 * however it ends, so the end of this connection is news within milliseconds.
 */
import { get, type IncomingMessage } from 'node:http';
import type { Clock } from '../base/ports.ts';

/**
 * `broken`: it was open. `gone`: never open, and the node's machine says that nobody listens.
 * `unanswered`: never open for another reason, which says nothing about the node.
 */
export type LineEnd = 'broken' | 'gone' | 'unanswered';

export interface Line {
  /** Ends it without a word to its owner. */
  close(): void;
}

export interface LineOptions {
  readonly clock: Clock;
  /** Base URL of the node's HTTP endpoint. */
  readonly address: string;
  readonly opened: () => void;
  /** Called once at most, and never after `close`. */
  readonly ended: (how: LineEnd) => void;
}

export const lifelinePath = '/api/v1/lifeline';

/** How long a living node may take until it answers, in milliseconds. */
const patienceMs = 1_000;
/** A machine that vanished never closes anything; the kernel asks, so that nothing leaks. */
const keepAliveMs = 10_000;

export function openLine(options: LineOptions): Line {
  const { clock, address, opened, ended } = options;
  let isOpen = false;
  let isOver = false;
  const request = get(new URL(lifelinePath, address), { agent: false });
  const patience = clock.after(patienceMs, () => end('unanswered'));
  const finish = (): void => {
    isOver = true;
    patience.cancel();
    request.destroy();
  };
  const end = (how: LineEnd): void => {
    if (isOver) return;
    finish();
    ended(how);
  };
  const answered = (response: IncomingMessage): void => {
    if (isOver) return;
    if (response.statusCode !== 200) {
      end('unanswered');
      return;
    }
    isOpen = true;
    patience.cancel();
    request.socket?.setKeepAlive(true, keepAliveMs);
    response.once('close', () => end('broken')).resume();
    opened();
  };
  request.once('response', answered);
  // Errors may come more than once, also after the end; one without a listener ends the process.
  request.on('error', (error) => end(isOpen ? 'broken' : isGone(error) ? 'gone' : 'unanswered'));
  return { close: finish };
}

/** Refused, or accepted by a socket that nobody serves any more. */
const isGone = (error: Error): boolean =>
  'code' in error && (error.code === 'ECONNREFUSED' || error.code === 'ECONNRESET');
