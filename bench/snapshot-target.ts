/**
 * The receiving process of the snapshot benchmark: `snapshot-target.js NATS-URL FOLDER`. It reports
 * to its parent when the snapshot is installed.
 */
import { type IntervalHistogram, monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { pathToFileURL } from 'node:url';
import { Problem } from '../cluster/problem.ts';
import type { Wire } from '../src/actors/wire.ts';
import { clusterId, incarnation, nodeId } from '../src/base/brand.ts';
import { realClock, realRandom } from '../src/node/real-ports.ts';
import { SnapshotReceiver } from '../src/node/snapshot-receiver.ts';
import { openLevelDisk } from '../src/storage/level.ts';
import { connectNats } from '../src/transport/nats.ts';
import { Postbox } from '../src/transport/postbox.ts';

/** Milliseconds for which the event loop was held, and of processor time, all threads together. */
export interface LoopFigures {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  readonly processor: number;
}

export interface TargetReport {
  readonly loop: LoopFigures;
  /** From the first request to the first word of being busy with the whole. */
  readonly pulledMs: number;
}

const resolutionMs = 2;

export class LoopDelay {
  readonly #histogram: IntervalHistogram = monitorEventLoopDelay({ resolution: resolutionMs });
  readonly #usage = process.cpuUsage();

  constructor() {
    this.#histogram.enable();
  }

  end(): LoopFigures {
    this.#histogram.disable();
    const ms = (nanoseconds: number): number => Math.max(0, nanoseconds / 1e6 - resolutionMs);
    const { max } = this.#histogram;
    const at = (share: number): number => ms(this.#histogram.percentile(share));
    const { user, system } = process.cpuUsage(this.#usage);
    return { p50: at(50), p99: at(99), max: ms(max), processor: (user + system) / 1000 };
  }
}

/** A process of the benchmark's cluster on the real network. */
export async function benchWire(
  name: string,
  url: string,
): Promise<{ readonly wire: Postbox; close(): Promise<void> }> {
  const network = await connectNats({ servers: url, name });
  if (!network.ok) throw new Problem(network.error.message, 1);
  const wire = new Postbox({
    ...{ network: network.value, clock: realClock, random: realRandom() },
    self: { node: nodeId(name), side: 'peer', incarnation: incarnation(`${name}-1`) },
    clusterName: 'bench',
    key: new Uint8Array(32),
    clusterId: clusterId('bench'),
  });
  const close = async (): Promise<void> => {
    wire.close();
    await network.value.close();
  };
  return { wire, close };
}

/** Notes when the first and the last page were asked for. */
class Watched implements Wire {
  readonly self;
  readonly #wire: Wire;
  askedFirstMs: number | undefined;
  askedLastMs = 0;

  constructor(wire: Wire) {
    this.#wire = wire;
    this.self = wire.self;
  }

  send(...sent: Parameters<Wire['send']>): void {
    const now = performance.now();
    this.askedFirstMs ??= now;
    if (isRequest(sent[3])) this.askedLastMs = now;
    this.#wire.send(...sent);
  }

  listen(...heard: Parameters<Wire['listen']>): ReturnType<Wire['listen']> {
    return this.#wire.listen(...heard);
  }
}

const isRequest = (message: unknown): boolean =>
  typeof message === 'object' &&
  message !== null &&
  'kind' in message &&
  message.kind === 'snapshot-request';

async function receive(url: string, folder: string): Promise<void> {
  const { wire } = await benchWire('target', url);
  const watched = new Watched(wire);
  let loop: LoopDelay | undefined;
  new SnapshotReceiver({
    ...{ wire: watched, clock: realClock, disk: openLevelDisk(folder), ledgerNumber: 0 },
    trace: (_level, name) => {
      if (name === 'snapshot.begun') loop = new LoopDelay();
    },
    accepts: () => true,
    installed: () => {
      const { askedFirstMs, askedLastMs } = watched;
      if (loop === undefined || askedFirstMs === undefined) return;
      const report: TargetReport = { loop: loop.end(), pulledMs: askedLastMs - askedFirstMs };
      process.send?.(report);
    },
    failed: (error) => {
      throw error;
    },
  });
}

const [program = '', url, folder] = process.argv.slice(1);
if (import.meta.url === pathToFileURL(program).href && url !== undefined && folder !== undefined)
  await receive(url, folder);
