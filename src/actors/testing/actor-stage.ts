/** A stage for actor tests: a system on a virtual clock; it notes traces and failures. */

import { VirtualClock } from '../../../test/support/virtual-clock.ts';
import { SeededRandom } from '../../base/random.ts';
import type { TraceFields, TraceLevel } from '../../base/trace.ts';
import type { Supervision } from '../supervision.ts';
import { ActorSystem } from '../system.ts';

export interface TraceEvent {
  readonly level: TraceLevel;
  readonly name: string;
  readonly fields: TraceFields;
}

export class ActorStage {
  readonly clock = new VirtualClock();
  readonly events: TraceEvent[] = [];
  readonly failures: unknown[] = [];
  readonly system: ActorSystem;

  constructor(supervision?: Supervision) {
    this.system = new ActorSystem({
      clock: this.clock,
      random: new SeededRandom(1),
      trace: (level, name, fields = {}) => this.events.push({ level, name, fields }),
      onFailure: (error) => this.failures.push(error),
      ...(supervision === undefined ? {} : { supervision }),
    });
  }
}
