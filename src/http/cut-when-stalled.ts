/** Passes bytes on; a reader that takes nothing for too long loses the stream. */
export function cutWhenStalled(
  source: ReadableStream<Uint8Array>,
  stalledMs: number,
): ReadableStream<Uint8Array> {
  const reader = source.getReader();
  let timer: ReturnType<typeof setTimeout> | undefined;
  return new ReadableStream<Uint8Array>({
    pull: async (controller) => {
      clearTimeout(timer);
      const { done, value } = await reader.read();
      if (done) return controller.close();
      controller.enqueue(value);
      timer = setTimeout(() => {
        void reader.cancel();
        controller.error(new Error('the reader of a stream has stalled'));
      }, stalledMs);
    },
    cancel: async () => {
      clearTimeout(timer);
      await reader.cancel();
    },
  });
}
