/**
 * The tasks that harm, which the stories and the benchmark share: what programs do to a node when
 * nobody holds them. Each has the limits that somebody would set who knows that it is dangerous;
 * how many processes a task may have is the node's to say.
 */

export interface HarmfulTask {
  readonly name: string;
  /** A line of shell. */
  readonly command: string;
  readonly limits?: Readonly<Partial<Record<'cpu' | 'memory' | 'disk', string | number>>>;
  /** It goes on until it is ended; the others end by themselves, or for what they do. */
  readonly lasts: boolean;
}

export const harmfulTasks = {
  child: { name: 'plain child', command: 'sleep 1000 & wait', lasts: true },
  doubleFork: {
    name: 'double fork',
    command: '(setsid sleep 1000 &); (sleep 1000 &); sleep 1000',
    lasts: true,
  },
  daemon: {
    name: 'setsid daemon',
    command: 'setsid sh -c "sleep 1000 & sleep 1000" & (setsid sleep 1000 &); wait',
    lasts: true,
  },
  ignorer: {
    name: 'SIGTERM ignorer',
    command: 'trap "" TERM HUP INT; while :; do sleep 1000; done',
    lasts: true,
  },
  holder: {
    name: 'pipe holder',
    command: 'sleep 1000 >&1 2>&2 & trap "" TERM; sleep 1000',
    lasts: true,
  },
  bomb: {
    name: 'fork bomb',
    // Not the usual line of shell: a shell that may not fork ends, and so does its bomb.
    command: `exec python3 -c '
import os
while True:
  try: os.fork()
  except OSError: pass'`,
    limits: { cpu: 1, memory: '512Mi' },
    lasts: true,
  },
  hog: {
    name: '8 GB allocation',
    command: 'exec python3 -c "x = bytearray(8 << 30)"',
    limits: { memory: '160Mi' },
    lasts: false,
  },
  flood: {
    name: 'full directory',
    command: 'while :; do head -c 1000000 /dev/zero >>x; sleep 0.1; done',
    limits: { disk: '8Mi' },
    lasts: false,
  },
  lines: {
    name: '100 MB of log',
    command: 'yes "a line of some length, as programs write them" | head -c 100000000',
    lasts: false,
  },
  line: {
    name: 'one line of 50 MB',
    command: "head -c 50000000 /dev/zero | tr '\\000' x",
    lasts: false,
  },
} as const satisfies Readonly<Record<string, HarmfulTask>>;
