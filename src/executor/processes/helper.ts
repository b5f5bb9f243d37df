/**
 * One helper: a long-lived `/bin/sh` that runs one attempt at a time. Because it is only one, the
 * process group of the helper is the attempt's, and whatever else lives in its namespace when the
 * attempt has ended is what the attempt left behind.
 *
 * Owns the child process and the reading of its answers (`scripts.ts` has the protocol). Does not
 * know attempts, queues or markers.
 *
 * H1 A launch is written only when no other is under way.
 * H2 `ended` follows a launch at most once, and never after `died`.
 * H3 `died` is called exactly once, and in a namespace only when nothing in there is alive.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { assert, present } from '../../base/assert.ts';
import type { Containment } from './containment.ts';
import type { Group } from './group.ts';
import { joiningText } from './scripts.ts';

/** How a launch ended, as the shell tells it. */
export interface Ended {
  /** 0 to 255; 128 + n for signal n. */
  readonly code: number;
  /** The shell's own words about it, such as `Killed`; empty if it had none. */
  readonly diagnosis: string;
  /** False when something of it is, or may be, alive in the helper's namespace. */
  readonly clean: boolean;
}

export interface HelperObserver {
  /** `pid` is the helper's own, as this process sees it. */
  ready(pid: number): void;
  /** `pid` is the process group of the attempt, as this process sees it. */
  started(pid: number): void;
  ended(end: Ended): void;
  died(diagnosis: string): void;
}

/** An answer or a diagnosis longer than this is cut. */
const lineCharactersMax = 4096;

type Phase = 'starting' | 'idle' | 'launching' | 'running' | 'dead';

export class Helper {
  readonly #child: ChildProcess;
  readonly #observer: HelperObserver;
  readonly #namespaced: boolean;
  /** Where it and its attempts live; it is not the helper's to remove. */
  readonly #cgroup: Group | undefined;
  #phase: Phase = 'starting';
  #line = '';
  #diagnosis = '';
  #doomed = false;
  /** Process 1 of the namespace, or the helper itself, as this process sees it. */
  #root: number | undefined;
  /** The process group of the tasks, as this process sees it. */
  #group: number | undefined;

  constructor(containment: Containment, observer: HelperObserver, group?: Group) {
    this.#observer = observer;
    this.#cgroup = group;
    this.#namespaced = containment.mode !== 'marker-scan';
    const [program, ...args] = containment.command;
    this.#child = spawn(program, args, {
      cwd: '/',
      env: {},
      // A session of its own: nothing that a task signals or a terminal sends reaches the executor.
      detached: true,
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    this.#child.on('error', (error) => {
      if (this.#child.pid === undefined) this.#die(error.message);
    });
    this.#child.on('close', () => this.#die('the helper ended'));
    // A helper that is gone tells so by `close`; the broken pipe is no second message.
    this.#child.stdin?.on('error', () => {});
    this.#child.stdout?.on('error', () => {});
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => this.#hear(text));
    this.#child.stdin?.write(joiningText(group?.doors ?? []) + containment.prelude);
  }

  /** Whether it can be lent again: neither dead nor about to be. */
  get lendable(): boolean {
    return this.#phase === 'idle' && !this.#doomed;
  }

  /** Runs one line of `launchText`. */
  launch(text: string): void {
    assert(this.#phase === 'idle', 'H1: a launch while the helper is not idle');
    this.#phase = 'launching';
    this.#diagnosis = '';
    this.#child.stdin?.write(text);
  }

  /** Gives the attempt so many thousandths of a core; undefined: as many as its limits say. */
  pace(cpuMilli: number | undefined): void {
    this.#cgroup?.pace(cpuMilli);
  }

  /** Asks the whole process group to end; the helper itself survives. Only after `started`. */
  terminate(): void {
    if (this.#phase === 'running' && this.#group !== undefined) kill(-this.#group, 'SIGTERM');
  }

  /**
   * Ends the helper, the attempt under way and, in a namespace, everything in it. `died` follows.
   */
  kill(): void {
    if (this.#phase === 'dead') return;
    this.#doomed = true;
    if (this.#group !== undefined && !this.#namespaced) kill(-this.#group, 'SIGKILL');
    // Process 1, not `unshare`: the kernel lets that be reaped only when its namespace is empty,
    // and `unshare` ends only then.
    if (this.#root !== undefined) kill(this.#root, 'SIGKILL');
    else this.#child.kill('SIGKILL');
    // Without a namespace the group is the one list of what the attempt has started.
    if (!this.#namespaced) this.#cgroup?.kill();
  }

  #hear(text: string): void {
    const lines = (this.#line + text).split('\n');
    this.#line = (lines.pop() ?? '').slice(0, lineCharactersMax);
    for (const line of lines) this.#answer(line);
  }

  #answer(line: string): void {
    const end = /^x (\d{1,3})((?: \d+)*) ?$/.exec(line);
    if (line === 'h' && this.#phase === 'starting') this.#becomeReady();
    else if (line === 's' && this.#phase === 'launching') this.#becomeRunning();
    else if (end !== null && (this.#phase === 'launching' || this.#phase === 'running')) {
      this.#phase = 'idle';
      const left = (end[2] ?? '').split(' ').length - 1;
      // Process 1 has one child when all is well: the parent of the helper.
      const clean = this.#namespaced ? left === 1 : this.#isAlone();
      this.#observer.ended({ code: Number(end[1]), diagnosis: this.#diagnosis, clean });
    } else this.#diagnosis = `${this.#diagnosis}${line}\n`.slice(-lineCharactersMax);
  }

  /** Without a group nobody can tell; what is left over then waits for its sweep. */
  #isAlone(): boolean {
    const members = this.#cgroup?.members() ?? [];
    return members.every((pid) => pid === this.#root);
  }

  #becomeRunning(): void {
    this.#phase = 'running';
    this.#observer.started(present(this.#group, 'H1: launched by a helper that was ready'));
  }

  #becomeReady(): void {
    const pid = this.#child.pid;
    if (pid === undefined) return;
    this.#root = this.#namespaced ? onlyChild(pid) : pid;
    this.#group = this.#namespaced ? onlyChild(onlyChild(this.#root)) : pid;
    // Without its group a helper could not be signalled: it went away between its word and our
    // look.
    if (this.#group === undefined) {
      this.kill();
      return;
    }
    this.#phase = 'idle';
    this.#observer.ready(this.#group);
  }

  #die(diagnosis: string): void {
    if (this.#phase === 'dead') return;
    this.#phase = 'dead';
    this.#observer.died(this.#diagnosis.trim() || this.#line.trim() || diagnosis);
  }
}

/** The one child of a process, in this process's namespace. */
function onlyChild(pid: number | undefined): number | undefined {
  if (pid === undefined) return undefined;
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
    return children.length === 1 && Number(children[0]) > 0 ? Number(children[0]) : undefined;
  } catch {
    return undefined;
  }
}

/** Sends a signal; who is gone already needs none. */
function kill(pid: number, signal: 'SIGTERM' | 'SIGKILL'): void {
  try {
    process.kill(pid, signal);
  } catch {
    // ESRCH: it ended by itself in the meantime.
  }
}
