import type { ByteSource } from './files.ts';

/** `length` bytes from `start` as a stream, read `piece` bytes at a time as they are asked for. */
export function byteStream(
  source: ByteSource,
  start: number,
  length: number,
  piece: number,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  let at = 0;
  return new ReadableStream({
    async pull(controller) {
      const count = Math.min(piece, length - at);
      if (count <= 0) return controller.close();
      controller.enqueue(new Uint8Array(await source.read(start + at, count)));
      at += count;
    },
  });
}
