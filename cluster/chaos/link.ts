/**
 * A TCP link between two programs that can be cut, cut one way, stalled, delayed and throttled.
 *
 * It owns the port that it listens on and the connections through it. It does not know what
 * travels.
 *
 * Invariants:
 *   L1  Bytes of one direction of a connection keep their order.
 *   L2  A connection that has lost bytes passes no byte afterwards: healing closes it.
 */
import { createConnection, createServer, type Server, type Socket } from 'node:net';

export interface Conduct {
  /** `drop` loses bytes, `hold` keeps them until it is over. */
  readonly mode: 'pass' | 'drop' | 'hold';
  readonly delayMs: number;
  /** The delay of each piece varies by so much in both directions. */
  readonly jitterMs: number;
  /** Null: as fast as it goes. */
  readonly bytesPerSecond: number | null;
}

export const clear: Conduct = { mode: 'pass', delayMs: 0, jitterMs: 0, bytesPerSecond: null };

/** `there`: from whoever connects; `back`: to it. */
export type Direction = 'there' | 'back';

/** A direction that holds more than this stops reading, as a full network does. */
const heldBytesMax = 4 * 2 ** 20;

export class Link {
  readonly port: number;
  readonly #server: Server;
  readonly #lanes = new Set<Lane>();
  readonly #conduct: Record<Direction, Conduct> = { there: clear, back: clear };

  /** Use `openLink`. */
  constructor(server: Server, port: number) {
    this.#server = server;
    this.port = port;
  }

  /** Joins the two ends of a new connection. */
  join(near: Socket, far: Socket): void {
    this.#add(new Lane(near, far, () => this.#conduct.there));
    this.#add(new Lane(far, near, () => this.#conduct.back));
  }

  set(directions: readonly Direction[], conduct: Partial<Conduct>): void {
    for (const direction of directions) {
      this.#conduct[direction] = { ...this.#conduct[direction], ...conduct };
    }
    for (const lane of this.#lanes) lane.changed();
  }

  heal(): void {
    this.set(['there', 'back'], clear);
    for (const lane of [...this.#lanes]) if (lane.hasLost) lane.close();
  }

  close(): void {
    this.#server.close();
    for (const lane of [...this.#lanes]) lane.close();
  }

  #add(lane: Lane): void {
    this.#lanes.add(lane);
    lane.closed.then(() => this.#lanes.delete(lane));
  }
}

/** Listens on a free port of loopback and forwards to `target` there. */
export function openLink(target: number): Promise<Link> {
  const server = createServer({ noDelay: true });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port: 0, host: '127.0.0.1' }, () => {
      const address = server.address();
      if (address === null || typeof address === 'string') return reject(new Error('no port'));
      const link = new Link(server, address.port);
      server.on('connection', (near) => {
        const far = createConnection({ host: '127.0.0.1', port: target, noDelay: true });
        link.join(near, far);
      });
      resolve(link);
    });
  });
}

/** One direction of one connection. */
class Lane {
  hasLost = false;
  readonly closed: Promise<void>;
  readonly #from: Socket;
  readonly #to: Socket;
  readonly #conduct: () => Conduct;
  readonly #queue: { readonly bytes: Buffer; readonly dueMs: number }[] = [];
  #queued = 0;
  #lastDueMs = 0;
  #timer: NodeJS.Timeout | undefined;
  #resolve: () => void = () => {};

  constructor(from: Socket, to: Socket, conduct: () => Conduct) {
    this.#from = from;
    this.#to = to;
    this.#conduct = conduct;
    from.on('data', (bytes) => this.#take(bytes));
    from.on('error', () => this.close());
    // The end of a connection is a byte too: through a cut link nobody learns of it.
    from.on('end', () => {
      if (conduct().mode === 'pass') this.close();
    });
    this.closed = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    from.once('close', () => {
      if (conduct().mode === 'pass') this.close();
      else this.hasLost = true;
    });
  }

  changed(): void {
    this.#pass();
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#from.destroy();
    this.#to.destroy();
    this.#resolve();
  }

  #take(bytes: Buffer): void {
    const { mode, delayMs, jitterMs, bytesPerSecond } = this.#conduct();
    if (mode === 'drop' || this.hasLost) {
      this.hasLost = true;
      return;
    }
    const nowMs = performance.now();
    const wait = delayMs + (Math.random() * 2 - 1) * jitterMs;
    const transferMs = bytesPerSecond === null ? 0 : (bytes.length / bytesPerSecond) * 1000;
    // L1: never before the piece in front of it.
    this.#lastDueMs = Math.max(nowMs + wait, this.#lastDueMs) + transferMs;
    this.#queue.push({ bytes, dueMs: this.#lastDueMs });
    this.#queued += bytes.length;
    if (this.#queued > heldBytesMax) this.#from.pause();
    this.#pass();
  }

  /** Hands on what is due, and comes back for the rest. */
  #pass(): void {
    clearTimeout(this.#timer);
    const { mode } = this.#conduct();
    if (mode === 'drop') {
      this.hasLost ||= this.#queue.length > 0;
      this.#queue.length = 0;
    }
    if (mode !== 'pass') return;
    for (;;) {
      const first = this.#queue[0];
      if (first === undefined) break;
      const waitMs = first.dueMs - performance.now();
      if (waitMs > 0) {
        this.#timer = setTimeout(() => this.#pass(), Math.ceil(waitMs));
        return;
      }
      this.#queue.shift();
      this.#queued -= first.bytes.length;
      if (this.#to.writable) this.#to.write(first.bytes);
    }
    if (this.#from.isPaused()) this.#from.resume();
  }
}
