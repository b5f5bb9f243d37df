/**
 * Containment: how this host can promise that nothing of a task outlives it. Found out once, at the
 * start, by starting a helper in each way and looking at what it says.
 *
 * - `pid-namespace`: every helper is in a namespace of its own; the kernel kills what is in it.
 * - `user-namespace`: the same for an executor without privileges. Files of other users look like
 *   nobody's in there, and set-uid programs gain nothing.
 * - `marker-scan`: no namespaces. Processes are found by SKEIN_ATTEMPT_KEY in their environment. A
 *   process that erases its environment and leaves its group escapes, and if the executor and its
 *   guard are killed together, so do all.
 */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, readdirSync, readFileSync } from 'node:fs';
import type { Trace } from '../../base/trace.ts';
import {
  bashOpeningScript,
  initScript,
  namespacePrelude,
  openingScript,
  plainPrelude,
} from './scripts.ts';

export type ContainmentMode = 'pid-namespace' | 'user-namespace' | 'marker-scan';

/** How to start a helper here, and what its shell can do. */
export interface Containment {
  readonly mode: ContainmentMode;
  /** The program and the arguments of a helper. */
  readonly command: readonly [string, ...string[]];
  /** What a helper hears first. */
  readonly prelude: string;
  /** Whether `/bin/sh` hands on exactly the environment that it is told. */
  readonly exactShell: boolean;
  /** The absolute path of env(1). */
  readonly env: string;
  /** Of setpriv(1) and prlimit(1), where there are any. */
  readonly setpriv: string | undefined;
  readonly prlimit: string | undefined;
}

const probeMsMax = 5000;
const modes = ['pid-namespace', 'user-namespace', 'marker-scan'] as const;

/**
 * Tries the ways in order of strength and takes the first that works; with `wanted`, only that one.
 * Holds the event loop for some 10 ms. Throws when not even a plain shell can be started.
 */
export function probeContainment(trace: Trace, wanted?: ContainmentMode): Containment {
  const reasons: string[] = [];
  const opening = openingWords(trace);
  for (const mode of wanted === undefined ? modes : [wanted]) {
    const command = helperCommand(mode, opening);
    if (command === undefined) {
      reasons.push(`${mode}: setpriv, unshare or setsid is missing`);
      continue;
    }
    const prelude = mode === 'marker-scan' ? plainPrelude : namespacePrelude;
    const said = probe(command, prelude);
    const contained = mode === 'marker-scan' ? /^x 0$/m : /^x 0 \d+ ?$/m;
    if (said.startsWith('h\n') && contained.test(said)) {
      const exactShell = /^h\nSKEIN_PROBE=1\nx /.test(said);
      trace('info', 'processes.containment', { mode, exactShell });
      const tools = { setpriv: findTool('setpriv'), prlimit: findTool('prlimit') };
      return { mode, command, prelude, exactShell, env: envTool(), ...tools };
    }
    reasons.push(`${mode}: ${said.trim().slice(0, 200)}`);
  }
  throw new Error(`no way to start tasks on this host: ${reasons.join('; ')}`);
}

function probe(command: readonly [string, ...string[]], prelude: string): string {
  const input = `${prelude}( unset PWD OLDPWD; SKEIN_PROBE=1 exec '${envTool()}' ); ended $?\n`;
  const [program, ...args] = command;
  const answer = spawnSync(program, args, {
    input,
    env: {},
    cwd: '/',
    encoding: 'utf8',
    timeout: probeMsMax,
    killSignal: 'SIGKILL',
  });
  return answer.error === undefined ? answer.stdout : answer.error.message;
}

function helperCommand(
  mode: ContainmentMode,
  opening: readonly [string, ...string[]],
): readonly [string, ...string[]] | undefined {
  if (mode === 'marker-scan') return [...opening, '/bin/sh', '-s'];
  const setpriv = findTool('setpriv');
  const unshare = findTool('unshare');
  const setsid = findTool('setsid');
  if (setpriv === undefined || unshare === undefined || setsid === undefined) return undefined;
  return [
    ...opening,
    // Killed by the kernel when the thread that started it ends: an executor killed by SIGKILL
    // cannot tell anybody.
    ...[setpriv, '--pdeathsig', 'KILL', unshare],
    ...(mode === 'user-namespace' ? ['--user', '--map-current-user'] : []),
    ...['--pid', '--fork', '--kill-child', '--mount', '--propagation', 'slave', '--mount-proc'],
    ...['/bin/sh', '-c', initScript, setsid],
  ];
}

/**
 * The same, for a host where no group says how much a task weighs against the node itself: then all
 * of them stand back a little.
 */
export function atLowPriority(containment: Containment): Containment {
  const nice = findTool('nice');
  if (nice === undefined) return containment;
  return { ...containment, command: [nice, '-n', String(niceness), ...containment.command] };
}

const niceness = 5;

/** The first words of every helper: they close what the executor itself inherited. */
function openingWords(trace: Trace): readonly [string, ...string[]] {
  const beyondPosix = inheritedDescriptors().filter((descriptor) => descriptor > 9).length;
  if (beyondPosix === 0) return ['/bin/sh', '-c', openingScript, 'sh'];
  const bash = findTool('bash');
  if (bash !== undefined) return [bash, '-c', bashOpeningScript, envTool()];
  trace('warn', 'processes.inherited_descriptors', { count: beyondPosix });
  return ['/bin/sh', '-c', openingScript, 'sh'];
}

const closeOnExec = 0o2000000;

/** Descriptors of this process that its children would have too. Node opens none of that kind. */
function inheritedDescriptors(): readonly number[] {
  return readdirSync('/proc/self/fd')
    .map(Number)
    .filter((descriptor) => descriptor > 2 && !closesOnExec(descriptor));
}

function closesOnExec(descriptor: number): boolean {
  try {
    const flags = /^flags:\s*(\d+)/m.exec(readFileSync(`/proc/self/fdinfo/${descriptor}`, 'utf8'));
    return (Number.parseInt(flags?.[1] ?? '0', 8) & closeOnExec) !== 0;
  } catch {
    // The descriptor of the listing itself: closed by now.
    return true;
  }
}

const envTool = (): string => findTool('env') ?? '/usr/bin/env';

/**
 * The absolute path of a system tool. PATH is not asked: whoever sets it does not choose our tools.
 */
function findTool(name: string): string | undefined {
  return ['/usr/bin', '/bin', '/usr/sbin', '/sbin', '/usr/local/bin']
    .map((folder) => `${folder}/${name}`)
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}
