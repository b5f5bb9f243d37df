/** An executor that only pretends: it takes what it is sent, waits, and reports. */
import type { VirtualClock } from '../../../test/support/virtual-clock.ts';
import { type Token, wallMs } from '../../base/brand.ts';
import type {
  AttemptReport,
  Dispatch,
  ExecutorToScheduler,
  Held,
  SchedulerToExecutor,
} from '../../model/protocol.ts';
import type { Resources } from '../../model/resources.ts';
import type { RecordingWire } from './recording-wire.ts';
import { executorOf, report } from './rows.ts';

/** How an attempt goes. */
export interface Script {
  readonly ms: number;
  readonly outcome: AttemptReport['outcome'];
}

export interface Span {
  readonly task: string;
  readonly node: string;
  readonly from: number;
  readonly to: number;
}

export interface FakeExecutorOptions {
  readonly clock: VirtualClock;
  readonly wire: RecordingWire;
  readonly tell: (message: ExecutorToScheduler) => void;
  readonly capacity: Resources;
  readonly script: (dispatch: Dispatch) => Script;
}

const heartbeatMs = 1000;

export class FakeExecutor {
  readonly name: string;
  readonly spans: Span[] = [];
  readonly #options: FakeExecutorOptions;
  readonly #held = new Map<Token, Held & { readonly report?: AttemptReport }>();
  readonly #seen = new Set<Token>();
  #seq = 0;
  #alive = true;

  constructor(name: string, options: FakeExecutorOptions) {
    this.name = name;
    this.#options = options;
    options.wire.listen((node, message) => {
      if (this.#alive && (node === 'all' || node === this.name)) this.#hear(message);
    });
    this.#heartbeat();
  }

  /** Falls silent, with everything it ran. */
  die(): void {
    this.#alive = false;
  }

  #heartbeat(): void {
    if (!this.#alive) return;
    this.#seq += 1;
    this.#options.tell({
      kind: 'heartbeat',
      ...this.#self(),
      seq: this.#seq,
      capacity: this.#options.capacity,
      labels: {},
      address: `http://${this.name}`,
      held: [...this.#held.values()].map(({ id, phase, startedAt }) => ({ id, phase, startedAt })),
    });
    for (const { report: waiting } of this.#held.values()) if (waiting) this.#send(waiting);
    this.#options.clock.after(heartbeatMs, () => this.#heartbeat());
  }

  #hear(message: SchedulerToExecutor): void {
    if (message.kind === 'dispatch') for (const each of message.dispatches) this.#begin(each);
    if (message.kind === 'revoke') for (const { token } of message.attempts) this.#revoke(token);
    if (message.kind === 'ack') for (const token of message.tokens) this.#held.delete(token);
  }

  #begin(dispatch: Dispatch): void {
    const { id } = dispatch;
    if (this.#seen.has(id.token)) return;
    this.#seen.add(id.token);
    const { clock } = this.#options;
    const startedAt = clock.wallMs();
    this.#held.set(id.token, { id, phase: 'running', startedAt });
    const { ms, outcome } = this.#options.script(dispatch);
    clock.after(ms, () => {
      if (!this.#alive || this.#held.get(id.token)?.phase !== 'running') return;
      const span = { task: id.taskId, node: this.name, from: startedAt, to: clock.wallMs() };
      this.spans.push(span);
      this.#end(report(id, outcome, { startedAt, endedAt: clock.wallMs() }));
    });
  }

  #revoke(token: Token): void {
    const held = this.#held.get(token);
    if (held === undefined || held.phase === 'ended') return;
    this.#end(report(held.id, 'cancelled', { startedAt: held.startedAt ?? wallMs(0) }));
  }

  #end(ended: AttemptReport): void {
    const { id, startedAt } = ended;
    this.#held.set(id.token, { id, phase: 'ended', startedAt, report: ended });
    this.#send(ended);
  }

  #send(ended: AttemptReport): void {
    this.#options.tell({ kind: 'ended', ...this.#self(), reports: [ended] });
  }

  #self() {
    return executorOf(this.name);
  }
}
