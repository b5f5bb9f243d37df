/**
 * Who has been heard, and how far: what makes an old message recognisable.
 *
 * Job: say of each authentic frame whether it is new. Owns: per sender its present life and the
 * highest sequence per lane; the lives that are over. Does not: check MACs or addresses, nor
 * remember anybody across a restart of its own; then an old message can pass as a late one, which
 * the layers above must bear in any case.
 *
 * S1  Per sender, life and lane the accepted sequences only grow.
 * S2  A retired life is accepted again only if it goes on where it stood, and the present one has
 *     been silent for `silenceMs`: then it was the present one that was over. A recorded message of
 *     a life with a later start (the clock was set back since) would otherwise make us deaf.
 * S3  A life that started later takes over at once. One that started earlier (the clock of a
 *     restarted node stood back, or this is a late message) is believed only when the present life
 *     has been silent for `silenceMs`, longer than a server holds messages back.
 */
import type { Life } from './envelope.ts';

/** Several hundred nodes with two processes each, twice over. */
export const sendersMax = 2048;
/** Lives remembered as over; the oldest is forgotten first. */
export const retiredMax = 4096;
/** A stalled server delivered up to three seconds late in experiments; this is thrice as much. */
export const silenceMs = 10_000;

/** `crowded`: the list is full of senders that all spoke lately. */
export type Verdict = 'new' | 'stale' | 'crowded';

export interface Heard {
  /** `node/side`. */
  readonly sender: string;
  readonly life: Life;
  readonly lane: string;
  readonly sequence: number;
  readonly nowMs: number;
}

interface Sender {
  life: Life;
  key: string;
  heardMs: number;
  sequences: Map<string, number>;
}

export class Senders {
  readonly #senders = new Map<string, Sender>();
  /** How far each was heard, in order of retirement. */
  readonly #retired = new Map<string, Map<string, number>>();

  judge(heard: Heard): Verdict {
    const { life, lane, sequence, nowMs } = heard;
    const known = this.#senders.get(heard.sender);
    const key = `${heard.sender}/${life.incarnation}/${life.startedMs}/${life.nonce}`;
    if (known === undefined) return this.#meet(heard, key);
    if (known.key !== key) {
      const later = life.startedMs > known.life.startedMs;
      const silent = nowMs - known.heardMs >= silenceMs;
      const before = this.#retired.get(key);
      const goesOn = before === undefined || sequence > (before.get(lane) ?? -1);
      if (!goesOn || !(silent || (later && before === undefined))) return 'stale';
      this.#retire(known);
      this.#retired.delete(key);
      known.key = key;
      known.life = life;
      known.sequences = before ?? new Map();
    }
    if (sequence <= (known.sequences.get(lane) ?? -1)) return 'stale';
    known.sequences.set(lane, sequence);
    known.heardMs = nowMs;
    return 'new';
  }

  #meet({ sender, life, lane, sequence, nowMs }: Heard, key: string): Verdict {
    const before = this.#retired.get(key);
    if (before !== undefined && sequence <= (before.get(lane) ?? -1)) return 'stale';
    if (this.#senders.size >= sendersMax && !this.#makeRoom(nowMs)) return 'crowded';
    const sequences = new Map([[lane, sequence]]);
    this.#senders.set(sender, { life, key, heardMs: nowMs, sequences });
    return 'new';
  }

  /** Forgets the sender that has been silent the longest, if it has been silent at all. */
  #makeRoom(nowMs: number): boolean {
    let oldest: string | undefined;
    let oldestMs = nowMs - silenceMs;
    for (const [name, sender] of this.#senders) {
      if (sender.heardMs > oldestMs) continue;
      oldest = name;
      oldestMs = sender.heardMs;
    }
    if (oldest === undefined) return false;
    const left = this.#senders.get(oldest);
    if (left !== undefined) this.#retire(left);
    this.#senders.delete(oldest);
    return true;
  }

  #retire({ key, sequences }: Sender): void {
    this.#retired.set(key, sequences);
    if (this.#retired.size <= retiredMax) return;
    for (const oldest of this.#retired.keys()) {
      this.#retired.delete(oldest);
      break;
    }
  }
}
