import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../test/support/virtual-clock.ts';
import { type NodeId, nodeId } from '../base/brand.ts';
import type { Network, ProbeAnswer } from '../base/ports.ts';
import { Failover } from './driver-failover.ts';

const leader = nodeId('n1');

/** A network on which each probe is answered after 5 ms, as `says` has it at that moment. */
function scene() {
  const clock = new VirtualClock();
  const seen = { says: 'answered' as ProbeAnswer, probes: 0, hints: [] as NodeId[] };
  const network: Network = {
    publish: () => {},
    subscribe: () => ({ cancel: () => {} }),
    probe: (_subject, _timeoutMs, done) => {
      seen.probes += 1;
      clock.after(5, () => done(seen.says));
    },
    maxPayloadBytes: () => 1024,
    connected: () => true,
    counters: () => ({ reconnects: 0, slowConsumerCuts: 0 }),
  };
  const failover = new Failover({
    clock,
    network,
    aliveSubject: (node) => node,
    heartbeatMs: 100,
    probeTimeoutMs: 200,
    hint: (node) => seen.hints.push(node),
  });
  /** Ticks of 50 ms, as the driver gives them. */
  const tickFor = (ms: number): void => {
    for (let passed = 0; passed < ms; passed += 50) {
      clock.advance(50);
      failover.tick();
    }
  };
  return { clock, seen, failover, tickFor };
}

describe('failover', () => {
  it('asks nothing while heartbeats come in time', () => {
    const { seen, failover, tickFor } = scene();
    for (let beat = 0; beat < 10; beat++) {
      failover.heard(leader);
      tickFor(100);
    }
    expect(seen.probes).toBe(0);
  });

  it('one missed heartbeat asks, and a leader that listens is left alone', () => {
    const { seen, failover, tickFor } = scene();
    failover.heard(leader);
    tickFor(300);
    expect(seen.probes).toBeGreaterThan(0);
    expect(seen.hints).toEqual([]);
  });

  it('a leader without ears is a hint within 250 ms, and again at each tick', () => {
    const { seen, failover, tickFor } = scene();
    seen.says = 'nobody';
    failover.heard(leader);
    tickFor(250);
    expect(seen.hints).toEqual([leader]);
    tickFor(100);
    expect(seen.hints).toEqual([leader, leader, leader]);
  });

  it('silence is no hint: a leader that is paused is for the election time-out', () => {
    const { seen, failover, tickFor } = scene();
    seen.says = 'silence';
    failover.heard(leader);
    tickFor(1_000);
    expect(seen.hints).toEqual([]);
  });

  it('the doubt of another node asks at once', () => {
    const { clock, seen, failover } = scene();
    seen.says = 'nobody';
    failover.heard(leader);
    failover.doubted();
    clock.advance(5);
    expect(seen.hints).toEqual([leader]);
  });

  it('H2: many doubts are one question', () => {
    const { seen, failover } = scene();
    failover.heard(leader);
    for (let doubt = 0; doubt < 10; doubt++) failover.doubted();
    expect(seen.probes).toBe(1);
  });

  it('H2: a leader that is heard while the answer is under way is alive', () => {
    const { clock, seen, failover } = scene();
    seen.says = 'nobody';
    failover.heard(leader);
    failover.doubted();
    clock.advance(1);
    failover.heard(leader);
    clock.advance(10);
    expect(seen.hints).toEqual([]);
  });

  it('a node that leads has nobody to ask about', () => {
    const { seen, failover, tickFor } = scene();
    failover.heard(leader);
    failover.leading();
    failover.doubted();
    tickFor(500);
    expect(seen.probes).toBe(0);
  });

  it('nothing is said after the stop', () => {
    const { clock, seen, failover } = scene();
    seen.says = 'nobody';
    failover.heard(leader);
    failover.doubted();
    failover.stop();
    clock.advance(10);
    expect(seen.hints).toEqual([]);
  });
});
