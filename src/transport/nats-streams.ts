/**
 * Which streams of JetStream keep which subjects. All subjects that are listened to share one
 * question: with a question each, a thousand of them would ask the server all day.
 */
import { subjectsMeet } from '../model/trigger-match.ts';

export interface KeptStream {
  readonly name: string;
  readonly subjects: readonly string[];
}

interface Asked {
  readonly atMs: number;
  readonly answer: Promise<readonly KeptStream[]>;
}

/** Subjects of which it is remembered; when there are more, it is worked out again. */
const rememberedMax = 10_000;

export class NatsStreams {
  #asked: Asked | undefined;
  /** The streams as they were last seen, and what follows from them for each subject. */
  #known: readonly KeptStream[] = [];
  readonly #keepers = new Map<string, string | undefined>();

  /**
   * The one stream that keeps a subject; undefined without one, and where several keep parts of it.
   * `ask` is called if nobody has asked since `notBeforeMs`, which is of `performance.now()`.
   */
  async of(
    subject: string,
    notBeforeMs: number,
    ask: () => Promise<readonly KeptStream[]>,
  ): Promise<string | undefined> {
    if (this.#asked === undefined || this.#asked.atMs < notBeforeMs) {
      this.#asked = { atMs: performance.now(), answer: ask() };
    }
    this.#learn(await this.#asked.answer);
    if (!this.#keepers.has(subject)) this.#keepers.set(subject, keeperOf(this.#known, subject));
    return this.#keepers.get(subject);
  }

  #learn(streams: readonly KeptStream[]): void {
    if (streams === this.#known && this.#keepers.size < rememberedMax) return;
    const isSame = JSON.stringify(streams) === JSON.stringify(this.#known);
    this.#known = streams;
    if (!isSame || this.#keepers.size >= rememberedMax) this.#keepers.clear();
  }
}

function keeperOf(streams: readonly KeptStream[], subject: string): string | undefined {
  const keeping = streams.filter(({ subjects }) =>
    subjects.some((each) => subjectsMeet(each, subject)),
  );
  return keeping.length === 1 ? keeping[0]?.name : undefined;
}
