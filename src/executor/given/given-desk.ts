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
import { givenOfContext } from './given-text.ts';
import { givenPath } from './keep-given.ts';

/** Of a context file that is read; a dispatch is smaller by far. */
const contextBytesMax = 16 * 1024 * 1024;

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
    const { directory, context } = space.value;
    const read = (path: string, bytesMax: number, take: (text: string | null) => void): void =>
      files.readPart(path, { offset: 0, bytesMax }, (part) => {
        const found = part.ok ? part.value : undefined;
        take(found === undefined ? null : new TextDecoder().decode(found.bytes));
      });
    read(givenPath(directory), givenBytesMax, (own) => {
      if (own !== null) answer(own);
      else read(context, contextBytesMax, (text) => answer(text && givenOfContext(text)));
    });
  }
}
