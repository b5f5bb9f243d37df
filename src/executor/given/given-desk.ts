/** Tells peers what attempts of this node were given, as it was kept. */
import type { Sender, Wire } from '../../actors/wire.ts';
import type { Cancellable } from '../../base/ports.ts';
import {
  type GivenAnswer,
  type GivenRequest,
  givenBytesMax,
  givenInbox,
} from '../../model/given.ts';
import type { Files } from '../files.ts';
import { isA } from '../logs/is-a.ts';
import { workspaceOf } from '../workspace.ts';
import { givenPath } from './keep-given.ts';

interface Options {
  readonly wire: Wire;
  readonly files: Files;
  readonly dataDir: string;
}

export class GivenDesk {
  readonly #options: Options;
  readonly #inbox: Cancellable;

  constructor(options: Options) {
    this.#options = options;
    this.#inbox = options.wire.listen(givenInbox, (message, from) => {
      if (from.side !== 'peer') return;
      if (isA<GivenRequest>('given-request', message)) this.#serve(message, from);
    });
  }

  stop(): void {
    this.#inbox.cancel();
  }

  #serve({ requestId, id, attempt }: GivenRequest, { node }: Sender): void {
    const { wire, files, dataDir } = this.#options;
    const answer = (text: string | null): void =>
      wire.send(node, givenInbox, 'bulk', {
        ...{ kind: 'given-answer', requestId, text },
      } satisfies GivenAnswer);
    const space = workspaceOf(dataDir, { id, number: attempt });
    if (!space.ok) {
      answer(null);
      return;
    }
    const range = { offset: 0, bytesMax: givenBytesMax };
    files.readPart(givenPath(space.value.directory), range, (part) => {
      const found = part.ok ? part.value : undefined;
      answer(found === undefined ? null : new TextDecoder().decode(found.bytes));
    });
  }
}
