/**
 * The five ports: the only ways by which uncertainty enters Skein (law 5). Each has a real and a
 * simulated body, and one conformance suite in `test/ports` that both pass.
 *
 * Everything is a callback, never a promise: in the simulator a callback is an event with its own
 * virtual time, and nothing can run between two of them unseen. A callback is never called before
 * the function that took it has returned.
 */
import type { MonotonicMs, WallMs } from './brand.ts';
import type { Result } from './result.ts';

/** A pending timer or a subscription; cancelling twice does nothing. */
export interface Cancellable {
  cancel(): void;
}

export interface Clock {
  /**
   * Never goes back, may stand still while the process is paused. Elections and leases use this.
   */
  monotonicMs(): MonotonicMs;
  /** The operator's clock; may jump either way. */
  wallMs(): WallMs;
  /** Runs `run` once, `delayMs` from now or later. Delays above one hour are a caller's error. */
  after(delayMs: number, run: () => void): Cancellable;
  /** Runs `run` after the present call stack and after I/O that is already waiting. */
  soon(run: () => void): void;
}

export interface Random {
  /** An integer in [0, 2^32). */
  uint32(): number;
  /** A number in [0, 1). */
  fraction(): number;
}

/**
 * `control` carries small things on which liveness hangs (votes, heartbeats, acks); `bulk` carries
 * the rest (entries, log lines). Two connections, so that a slow bulk consumer costs no heartbeat.
 */
export type Lane = 'control' | 'bulk';

/** Receives one message; `reply` answers the sender if it asked for an answer. */
export type Receive = (payload: Uint8Array, reply: (payload: Uint8Array) => void) => void;

/** What a probe learned. `nobody` is the only certain answer, and even that is only a hint. */
export type ProbeAnswer = 'answered' | 'nobody' | 'silence';

/**
 * The weakest network: a message arrives once, later, twice, out of order or never, and the sender
 * is not told. Subjects are NATS subjects without wildcards.
 */
export interface Network {
  /** Payloads above `maxPayloadBytes` are an assert: the layer above cuts them into chunks. */
  publish(lane: Lane, subject: string, payload: Uint8Array): void;
  subscribe(lane: Lane, subject: string, receive: Receive): Cancellable;
  /** Asks whether anybody listens on `subject`. Goes over the control connection. */
  probe(subject: string, timeoutMs: number, done: (answer: ProbeAnswer) => void): void;
  /** As the server's INFO says now; it may change at a reconnect. */
  maxPayloadBytes(): number;
  connected(lane: Lane): boolean;
  /** Counted since the start: reconnects, and cuts for being a slow consumer. */
  counters(): { readonly reconnects: number; readonly slowConsumerCuts: number };
}

/** A storage error. The node that meets one stops (exit 70) and sends nothing more (I15). */
export class DiskError extends Error {
  override readonly name = 'DiskError';
}

export type StoreOperation =
  | { readonly kind: 'put'; readonly key: string; readonly value: Uint8Array }
  | { readonly kind: 'delete'; readonly key: string };

export interface ScanRange {
  /** Inclusive. */
  readonly from: string;
  /** Exclusive. */
  readonly to: string;
  /** At most this many rows are delivered. */
  readonly limit: number;
  readonly reverse?: boolean;
}

export interface StoreRow {
  readonly key: string;
  readonly value: Uint8Array;
}

/** An ordered key-value store. Keys are ASCII, so that every body sorts them alike. */
export interface Store {
  /** All or nothing. With `sync` it is durable when `done` is called without an error. */
  write(
    operations: readonly StoreOperation[],
    options: { readonly sync: boolean },
    done: (error: DiskError | undefined) => void,
  ): void;
  get(key: string, done: (result: Result<Uint8Array | undefined, DiskError>) => void): void;
  /** Rows in key order (or reversed), as one consistent view. */
  scan(range: ScanRange, done: (result: Result<readonly StoreRow[], DiskError>) => void): void;
  /**
   * The store as it is now, for a reader that takes its time: later writes do not show in it. It
   * keeps old rows on disk, so it is closed when it is no longer needed, and before the store is.
   */
  view(): StoreView;
  close(done: () => void): void;
}

export interface StoreView {
  scan(range: ScanRange, done: (result: Result<readonly StoreRow[], DiskError>) => void): void;
  close(): void;
}

/** The most bytes that one slot holds: one sector, so that a torn write of it is rare. */
export const slotBytesMax = 512;

/**
 * Two slots in a file that stays open: what a commit rewrites with one short sync. A crash may tear
 * the slot that is being written, never the other one. Writes may not overlap.
 */
export interface Slots {
  /** Replaces one slot by at most `slotBytesMax` bytes; durable when `done` brings no error. */
  write(slot: 0 | 1, bytes: Uint8Array, done: (error: DiskError | undefined) => void): void;
  close(done: () => void): void;
}

/** The open file, and what its slots held: the bytes written, then zeros. All zeros when new. */
export interface OpenedSlots {
  readonly slots: Slots;
  readonly found: readonly [Uint8Array, Uint8Array];
}

export interface OpenStoreOptions {
  /** Without it a store that is not there is an error. */
  readonly create: boolean;
  /**
   * Whoever gives this takes a store that is not proven to its end yet: only what an answer is made
   * of is, before it is given. It hears of damage that is found behind that, or of a disk that
   * refuses. Without it, everything is proven before the store is opened.
   */
  readonly damaged?: (error: DiskError) => void;
}

export interface Disk {
  /** Opens the store `name`. */
  openStore(
    name: string,
    options: OpenStoreOptions,
    done: (result: Result<Store, DiskError>) => void,
  ): void;
  /** Removes a closed store and all its files; a store that is not there is no error. */
  removeStore(name: string, done: (error: DiskError | undefined) => void): void;
  /**
   * Moves everything (stores, files, slots; all closed) into a folder of that name beside them, as
   * far as it is there: a directory that starts over keeps what it was, for people.
   */
  setAside(
    names: readonly string[],
    folder: string,
    done: (error: DiskError | undefined) => void,
  ): void;
  /** The whole file, or undefined if there is none. */
  readFile(name: string, done: (result: Result<Uint8Array | undefined, DiskError>) => void): void;
  /** Replaces the file as one step and syncs it (and its folder) before `done`. */
  writeFile(name: string, bytes: Uint8Array, done: (error: DiskError | undefined) => void): void;
  /** Opens the slot file `name`. Without `create` a file that is not there is an error. */
  openSlots(
    name: string,
    options: { readonly create: boolean },
    done: (result: Result<OpenedSlots, DiskError>) => void,
  ): void;
}

/**
 * What an attempt may take of its machine. What is absent has no limit of its own. A body enforces
 * what its host allows (`cgroup`, `prlimit` or nothing), and its node's status says which.
 */
export interface ProcessLimits {
  /** At most so many thousandths of a core, on average over a tenth of a second. */
  readonly cpuMilli?: number;
  /** Its part where cores are scarce: 2,000 gets twice as much as 1,000. */
  readonly cpuShareMilli?: number;
  /** All processes of the attempt together, what they keep of files in memory included. */
  readonly memoryBytes?: number;
  /** Processes and threads, all together. */
  readonly processes?: number;
  /** Of each process. */
  readonly openFiles?: number;
  /** The largest file that it may write, its logs included. */
  readonly fileBytes?: number;
}

/** Whom a process runs as. */
export interface ProcessUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/** What an attempt has taken, as far as the host could tell. */
export interface ProcessUsage {
  /** Processor time of all its processes. */
  readonly cpuMs?: number;
  /** The most memory that all its processes held at once. */
  readonly memoryBytesMax?: number;
  /** What went to and from the disk; what files in memory served is not counted. */
  readonly readBytes?: number;
  readonly writtenBytes?: number;
}

/** What the operating system is asked to run. Nothing in it is ever pasted into a shell. */
export interface ProcessSpec {
  /** Unique per attempt; marks every process of it (environment SKEIN_ATTEMPT_KEY). */
  readonly key: string;
  /** The program and its arguments. */
  readonly argv: readonly string[];
  /** The whole environment of the process. */
  readonly env: Readonly<Record<string, string>>;
  /** Absolute. */
  readonly cwd: string;
  /** Absolute; created new, appended to. */
  readonly stdoutFile: string;
  readonly stderrFile: string;
  /** Texts that must not stand in the two files, the longest first: they are hidden. */
  readonly masked?: readonly string[];
  readonly limits?: ProcessLimits;
  /** Absent: the user of the executor. */
  readonly user?: ProcessUser;
}

/** How a process ended. */
export interface ProcessExit {
  readonly kind: 'exited';
  readonly code: number;
  /** Set when a signal ended it; then `code` is 128 + its number. */
  readonly signal: number | undefined;
  readonly usage?: ProcessUsage;
  /** The limit that it met: the kernel killed for memory, or refused it another process. */
  readonly met?: 'memory' | 'processes';
}

export type ProcessEvent =
  /** `pid` is that of the process group that `signal` reaches. */
  | { readonly kind: 'started'; readonly pid: number }
  | ProcessExit
  /** It never started: no such program, no more processes… */
  | { readonly kind: 'failed'; readonly reason: string };

export interface RunningProcess {
  /** Reaches at least the whole process group; KILL may end everything that the attempt started. */
  signal(name: 'TERM' | 'KILL'): void;
  /**
   * Gives it so many thousandths of a core; undefined: as many as its limits say. Absent where
   * nobody can.
   */
  pace?(cpuMilli: number | undefined): void;
  /**
   * Ends whatever the attempt left behind, daemons and `setsid` children included, and calls `done`
   * when none of its processes is alive.
   */
  sweep(done: () => void): void;
}

export interface Processes {
  /** `exited` or `failed` is the last event and comes exactly once. */
  start(spec: ProcessSpec, observe: (event: ProcessEvent) => void): RunningProcess;
}

export interface Ports {
  readonly clock: Clock;
  readonly random: Random;
  readonly network: Network;
  readonly disk: Disk;
  readonly processes: Processes;
}
