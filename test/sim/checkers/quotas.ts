/**
 * W24: what namespaces may use, across fail-over. Behind every assignment the attempts of its
 * namespace fit the quota that is in force; so it is with the runs that begin, and with what people
 * ask for. A quota that was lowered takes nothing back, and one that counts runs by the minute
 * counts from the moment when it was said.
 */
import type { Namespace } from '../../../src/base/brand.ts';
import type { NamespaceRow, Quota } from '../../../src/model/namespace-row.ts';
import { type RunRow, runHasEnded } from '../../../src/model/run.ts';
import type { Recorded } from '../chronicle.ts';
import type { Checker, MakeChecker, Scene } from './checker.ts';
import { type Alive, LiveAttempts, sumOf } from './live-attempts.ts';

const minuteMs = 60_000;

class QuotasChecker implements Checker {
  readonly #scene: Scene;
  readonly #attempts: LiveAttempts;
  /** Keys of all runs that ever were. */
  readonly #known = new Set<string>();
  /** Runs that are queued or under way, by key. */
  readonly #runs = new Map<string, RunRow>();
  /** When runs began that were counted, by namespace. */
  readonly #begins = new Map<Namespace, number[]>();
  /** Keys of the DAGs of each namespace. */
  readonly #dags = new Map<Namespace, Set<string>>();

  constructor(scene: Scene) {
    this.#scene = scene;
    this.#attempts = new LiveAttempts(scene.chronicle);
  }

  recorded(decision: Recorded): void {
    this.#attempts.follow(decision, (alive) => this.#assigned(alive));
    for (const { change } of decision.applied) {
      if (change.table === 'run' && change.fact.row !== null) {
        const { key, row } = change.fact;
        this.#runChanges(decision, { key, row, before: change.before });
      } else if (change.table === 'dag') {
        const { key, row } = change.fact;
        this.#dagChanges(key, change.before, row);
      }
    }
  }

  #assigned({ key, row }: Alive): void {
    const quota = this.#quotaOf(row.namespace);
    if (quota === undefined) return;
    const own = [...this.#attempts.all()].filter((each) => each.row.namespace === row.namespace);
    const used = { ...sumOf(own), runningTasks: own.length };
    for (const name of ['cpu', 'memory', 'gpu', 'runningTasks'] as const) {
      const [most, amount] = [quota[name], (used as Record<string, number>)[name] ?? 0];
      if (most === undefined || amount < most) continue;
      this.#scene.saw('quota full');
      if (amount > most && this.#asks(name, key)) {
        this.#violate(`${key} takes ${amount} of ${most} ${name} of ${row.namespace}`);
      }
    }
  }

  /** Who asks for nothing of a dimension is not held up by it. */
  #asks(name: string, key: string): boolean {
    if (name === 'runningTasks') return true;
    const own = [...this.#attempts.all()].find((each) => each.key === key);
    return (own?.task.resources[name] ?? 0) > 0;
  }

  #runChanges(
    decision: Recorded,
    { key, row, before }: { key: string; row: RunRow; before: RunRow | null },
  ): void {
    const quota = this.#quotaOf(row.namespace);
    const others = [...this.#runs].filter(
      ([other, { namespace }]) => other !== key && namespace === row.namespace,
    );
    const queued = others.filter(([, { status }]) => status === 'queued').length;
    const begins = before?.status === 'queued' && row.status === 'running';
    const { what, at } = decision;
    if (this.#letIn(key)) {
      this.#check(row, 'waiting runs', { used: queued + 1, most: quota?.queuedRuns });
    }
    if (begins && what !== 'compensate-run') {
      const used = others.length - queued + 1;
      this.#check(row, 'active runs', { used, most: quota?.activeRuns });
      if (quota?.runsPerMinute !== undefined) this.#countBegin(row, quota.runsPerMinute, at);
    }
    if (runHasEnded(row.status)) this.#runs.delete(key);
    else this.#runs.set(key, row);
  }

  /**
   * Whether it is a run that had to find room among those that wait. What people take up again was
   * let in before.
   */
  #letIn(key: string): boolean {
    const isNew = !this.#known.has(key);
    this.#known.add(key);
    return isNew;
  }

  #countBegin(row: RunRow, most: number, at: number): void {
    const begins = this.#begins.get(row.namespace) ?? [];
    this.#begins.set(row.namespace, begins);
    begins.push(at);
    const used = begins.filter((each) => each > at - minuteMs).length;
    this.#check(row, 'runs within a minute', { used, most });
  }

  #dagChanges(
    key: string,
    before: { readonly namespace: Namespace } | null,
    row: { readonly namespace: Namespace } | null,
  ): void {
    const namespace = (row ?? before)?.namespace;
    if (namespace === undefined) return;
    const known = this.#dags.get(namespace) ?? new Set<string>();
    this.#dags.set(namespace, known);
    if (row === null) known.delete(key);
    else if (!known.has(key)) {
      known.add(key);
      const most = this.#quotaOf(namespace)?.dags;
      if (most === undefined || known.size <= most) return;
      this.#violate(`${key} is DAG ${known.size} of ${namespace}, allowed ${most}`);
    }
  }

  #check(
    { namespace, runId }: RunRow,
    what: string,
    { used, most }: { readonly used: number; readonly most: number | undefined },
  ): void {
    if (most === undefined || used < most) return;
    this.#scene.saw(`as many ${what} as allowed`);
    if (used > most)
      this.#violate(`${runId} makes ${used} ${what} of ${namespace}, allowed ${most}`);
  }

  #quotaOf(namespace: Namespace): Quota | undefined {
    const row: NamespaceRow | undefined = this.#scene.chronicle.state.namespace(namespace);
    return row?.quota;
  }

  #violate(text: string): void {
    this.#scene.violate('W24', text);
  }
}

export const quotas: MakeChecker = (scene) => new QuotasChecker(scene);
