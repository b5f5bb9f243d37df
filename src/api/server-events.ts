/**
 * Server-sent events out of a stream of bytes (WHATWG HTML, section 9.2.6), as far as Skein sends
 * them.
 */

export interface ServerEvent {
  /** The last id seen up to here; empty before the first. */
  readonly id: string;
  /** Empty for a heartbeat, which only moves the id. */
  readonly data: string;
}

/** An event may be at most this long, in UTF-16 units. */
const eventCharactersMax = 64 * 1024 * 1024;

export async function* serverEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<ServerEvent> {
  const decoder = new TextDecoder();
  let rest = '';
  let id = '';
  for await (const chunk of chunksOf(body)) {
    rest += decoder.decode(chunk, { stream: true });
    if (rest.length > eventCharactersMax) throw new Error('an event is too long');
    for (let end = rest.indexOf('\n\n'); end >= 0; end = rest.indexOf('\n\n')) {
      const lines = rest.slice(0, end).split('\n');
      rest = rest.slice(end + 2);
      const field = (name: string): readonly string[] =>
        lines.filter((line) => line.startsWith(`${name}:`)).map((line) => afterColon(line));
      id = field('id').at(-1) ?? id;
      yield { id, data: field('data').join('\n') };
    }
  }
}

/** `data: x` -> `x`: one space behind the colon is not part of the value. */
const afterColon = (line: string): string => line.slice(line.indexOf(':') + 1).replace(/^ /, '');

/** Not every browser lets a stream be walked through by itself. */
async function* chunksOf(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = body.getReader();
  try {
    for (let read = await reader.read(); !read.done; read = await reader.read()) yield read.value;
  } finally {
    // Whoever stops listening ends the stream.
    void reader.cancel().catch(() => {});
  }
}
