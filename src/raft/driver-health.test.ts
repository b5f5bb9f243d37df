import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../test/support/virtual-clock.ts';
import { logIndex, nodeId } from '../base/brand.ts';
import { ok } from '../base/result.ts';
import {
  calmMs,
  DriverHealth,
  hungMs,
  slowSyncMs,
  stalledMs,
  touchAfterMs,
} from './driver-health.ts';
import type { TransferDone } from './driver-transfer.ts';

const tickMs = 50;
const entry = logIndex(1);

/** A leader whose every sync takes `disk.syncMs`; transfers end when `endTransfer` is called. */
function scene() {
  const clock = new VirtualClock();
  const disk = { syncMs: 5, touches: 0, busy: false, followersAreFaster: true };
  const handOvers: unknown[] = [];
  const ends: TransferDone[] = [];
  const health: DriverHealth = new DriverHealth({
    clock,
    trace: (_level, name, fields) => {
      if (name === 'raft.hands-over') handOvers.push(fields?.reason);
    },
    touch: () => {
      disk.touches += 1;
      sync(undefined);
    },
    isElsewhere: () => disk.followersAreFaster,
    transfer: (done) => ends.push(done),
  });
  const sync = (last: typeof entry | undefined): void => {
    disk.busy = true;
    health.syncBegan();
    if (!Number.isFinite(disk.syncMs)) return;
    clock.after(disk.syncMs, () => {
      disk.busy = false;
      health.syncEnded(last);
    });
  };
  const tickFor = (ms: number, before: () => void = () => {}): void => {
    for (let passed = 0; passed < ms; passed += tickMs) {
      before();
      clock.advance(tickMs);
      health.tick(0);
    }
  };
  /** Entries are written without a pause. */
  const writeFor = (ms: number): void =>
    tickFor(ms, () => {
      if (!disk.busy) sync(entry);
    });
  const endTransfer = (): void => {
    for (const done of ends.splice(0)) done(ok(nodeId('n2')));
  };
  health.roleChanged(true);
  return { clock, disk, health, handOvers, tickFor, writeFor, endTransfer };
}

describe('leader health', () => {
  it('a healthy leader under load stays, and its disk needs no test', () => {
    const { disk, handOvers, writeFor } = scene();
    writeFor(60_000);
    expect(handOvers).toEqual([]);
    expect(disk.touches).toBe(0);
  });

  it('an idle disk is tested about four times a second', () => {
    const { disk, handOvers, tickFor } = scene();
    tickFor(10_000);
    expect(disk.touches).toBeGreaterThan(10_000 / (touchAfterMs + 2 * tickMs));
    expect(disk.touches).toBeLessThanOrEqual(10_000 / touchAfterMs);
    expect(handOvers).toEqual([]);
  });

  it('a disk that hangs while nobody writes costs the leadership within two seconds', () => {
    const { disk, handOvers, tickFor } = scene();
    disk.syncMs = Number.POSITIVE_INFINITY;
    tickFor(1_000);
    expect(handOvers).toEqual([]);
    tickFor(1_000);
    expect(handOvers).toEqual(['hung-disk']);
  });

  it('U3: while the disk hangs, each try waits for the end of the last one', () => {
    const { disk, handOvers, tickFor, endTransfer } = scene();
    disk.syncMs = Number.POSITIVE_INFINITY;
    tickFor(10_000);
    expect(handOvers).toHaveLength(1);
    endTransfer();
    tickFor(hungMs - tickMs);
    expect(handOvers).toHaveLength(1);
    tickFor(2 * tickMs);
    expect(handOvers).toHaveLength(2);
  });

  it('a disk slower than the followers’ costs the leadership once, and not again soon', () => {
    const { disk, handOvers, writeFor, endTransfer } = scene();
    disk.syncMs = slowSyncMs + 50;
    writeFor(5_000);
    expect(handOvers).toEqual(['slow-disk']);
    endTransfer();
    writeFor(calmMs - 5_000);
    expect(handOvers).toHaveLength(1);
    writeFor(5_000);
    expect(handOvers).toHaveLength(2);
  });

  it('U2: where every disk is slow, nobody would do better', () => {
    const { disk, handOvers, writeFor } = scene();
    disk.syncMs = slowSyncMs + 50;
    disk.followersAreFaster = false;
    writeFor(60_000);
    expect(handOvers).toEqual([]);
  });

  it('one slow second is no slow disk', () => {
    const { disk, handOvers, writeFor } = scene();
    writeFor(5_000);
    disk.syncMs = 300;
    writeFor(1_000);
    disk.syncMs = 5;
    writeFor(10_000);
    expect(handOvers).toEqual([]);
  });

  it('U1: what was slow before this node led does not count', () => {
    const { disk, health, handOvers, writeFor } = scene();
    health.roleChanged(false);
    disk.syncMs = slowSyncMs + 50;
    writeFor(10_000);
    disk.syncMs = 5;
    health.roleChanged(true);
    writeFor(10_000);
    expect(handOvers).toEqual([]);
  });

  it('a long stall of the event loop costs the leadership, a shorter one does not', () => {
    const { handOvers, health } = scene();
    health.tick(stalledMs);
    expect(handOvers).toEqual([]);
    health.tick(stalledMs + 1);
    expect(handOvers).toEqual(['stalled-loop']);
  });

  it('U2: a leader that stalls again and again resigns once a minute', () => {
    const { clock, handOvers, health, endTransfer } = scene();
    for (let passed = 0; passed < 2 * calmMs; passed += 2_000) {
      clock.advance(2_000);
      health.tick(stalledMs + 1);
      endTransfer();
    }
    expect(handOvers).toEqual(['stalled-loop', 'stalled-loop']);
  });

  it('a sync that ended during a stall is not a hanging disk', () => {
    const { clock, handOvers, health } = scene();
    health.syncBegan();
    clock.advance(1_200);
    health.tick(1_150);
    health.syncEnded(entry);
    health.tick(0);
    expect(handOvers).toEqual([]);
  });

  it('a follower judges nothing and tests nothing', () => {
    const { disk, health, handOvers, tickFor } = scene();
    health.roleChanged(false);
    health.syncBegan();
    tickFor(10_000);
    health.tick(5_000);
    expect(handOvers).toEqual([]);
    expect(disk.touches).toBe(0);
  });
});
