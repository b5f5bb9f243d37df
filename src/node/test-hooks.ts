/**
 * Hooks for those who break this node on purpose. A node is put together over ports, so hooks are
 * ports around ports: without `SKEIN_TEST_HOOKS=1` nothing of this is in the way of anything.
 */
import type { Wire } from '../actors/wire.ts';
import { executorPlaces, type FailpointOrder, placeOf, type TestHooks } from '../api/test-hooks.ts';
import { wallMs } from '../base/brand.ts';
import type { Clock, Disk } from '../base/ports.ts';
import { diskPlaces, hookDisk } from './test-hooks-disk.ts';
import {
  type FailpointBody,
  Failpoints,
  isPossible,
  processBody,
} from './test-hooks-failpoints.ts';
import { hookWire } from './test-hooks-wire.ts';

/** What a node does to its ports before it builds on them. */
export interface PortHooks {
  /** For the HTTP server; undefined when there are no hooks. */
  readonly control: TestHooks | undefined;
  disk(disk: Disk): Disk;
  wire(wire: Wire): Wire;
  clock(clock: Clock): Clock;
  /** Around the peer's listener for committed entries. */
  committed<T>(listen: (turn: T) => void): (turn: T) => void;
}

/** Ports as they are. */
export const noHooks: PortHooks = {
  control: undefined,
  disk: (disk) => disk,
  wire: (wire) => wire,
  clock: (clock) => clock,
  committed: (listen) => listen,
};

export interface TestHookOptions {
  /** Hands an order over to the executor's process; false when there is none. */
  readonly toExecutor: (order: FailpointOrder) => boolean;
  readonly body?: FailpointBody;
}

export function makeTestHooks({ toExecutor, body = processBody }: TestHookOptions): PortHooks {
  const failpoints = new Failpoints([...diskPlaces, 'send-vote', 'send-ack', 'commit'], body);
  let offsetMs = 0;
  return {
    control: {
      stall: (ms) => body.after(answerMs, () => body.block(ms)),
      arm: (order) => {
        const place = placeOf(order.name);
        const isOfExecutor = place !== undefined && executorPlaces.includes(place);
        if (!isOfExecutor) return failpoints.arm(order);
        return isPossible(order.name, order.action) && toExecutor(order);
      },
      setClockOffset: (ms) => {
        offsetMs = ms;
      },
    },
    disk: (disk) => hookDisk(disk, failpoints),
    wire: (wire) => hookWire(wire, failpoints),
    clock: (clock) => ({
      monotonicMs: () => clock.monotonicMs(),
      wallMs: () => wallMs(clock.wallMs() + offsetMs),
      after: (delayMs, run) => clock.after(delayMs, run),
      soon: (run) => clock.soon(run),
    }),
    committed: (listen) => (turn) => {
      failpoints.passNow('before-commit');
      listen(turn);
      failpoints.passNow('after-commit');
    },
  };
}

/** The answer to the request that stalls leaves first. */
const answerMs = 10;
