import { describe, expect, test } from 'vitest';
import type { DecodedImage } from '../src/image/decoded-image.ts';
import { DecodeAhead, type DecodedBatch } from '../src/model/decode-ahead.ts';

/** A decoder that is told when to be done, and keeps account. Sources are indices; negative ones are broken. */
class ControlledDecoder {
  readonly decoded: number[] = [];
  running = 0;
  mostRunning = 0;
  /** Begun, and not yet let go of. */
  readonly #finish: (() => void)[] = [];

  constructor(private readonly bytes = 4) {}

  async decodeImage(source: unknown): Promise<DecodedImage> {
    this.decoded.push(Number(source));
    this.running += 1;
    this.mostRunning = Math.max(this.mostRunning, this.running);
    await new Promise<void>((resolve) => this.#finish.push(resolve));
    this.running -= 1;
    if (Number(source) < 0) throw new Error(`broken ${source}`);
    return { width: 1, height: 1, mode: 'rgb', data: new Uint8Array(this.bytes) };
  }

  /** Lets all decodes end, the last begun first, again and again until none begins. */
  async drain(): Promise<void> {
    for (let idle = 0; idle < 5; idle++) {
      for (const finish of this.#finish.splice(0).reverse()) {
        finish();
        idle = 0;
      }
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

const sources = (count: number) => Array.from({ length: count }, (_, i) => String(i));
const idsOf = (batch: DecodedBatch | undefined) => batch?.images.map(({ id }) => id);

async function nextBatch(ahead: DecodeAhead, decoder: ControlledDecoder) {
  const batch = ahead.batch();
  await decoder.drain();
  return batch;
}

describe('decoding ahead', () => {
  test('gives every image once and in order, though decodes end in another', async () => {
    const decoder = new ControlledDecoder();
    const ahead = new DecodeAhead(sources(10), 4, decoder);
    const batches: unknown[] = [];
    for (let batch = await nextBatch(ahead, decoder); batch; batch = await nextBatch(ahead, decoder)) {
      batches.push(idsOf(batch));
    }
    expect(batches).toEqual([
      ['0', '1', '2', '3'],
      ['4', '5', '6', '7'],
      ['8', '9'],
    ]);
    expect(decoder.decoded).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  test('is one batch ahead, and no more', async () => {
    const decoder = new ControlledDecoder();
    const ahead = new DecodeAhead(sources(100), 3, decoder);
    await decoder.drain();
    expect(decoder.decoded).toHaveLength(6); // before any batch is asked for: that one and the next
    for (const taken of [3, 6, 9]) {
      await nextBatch(ahead, decoder);
      await decoder.drain();
      expect(decoder.decoded).toHaveLength(taken + 3);
    }
  });

  test('runs eight decodes at once, at most', async () => {
    const decoder = new ControlledDecoder();
    const ahead = new DecodeAhead(sources(64), 32, decoder);
    await nextBatch(ahead, decoder);
    expect(decoder.mostRunning).toBe(8);
  });

  test('keeps every thread busy that the platform tells of, though batches are small', async () => {
    const decoder = new ControlledDecoder();
    const decodeImage = (source: unknown) => decoder.decodeImage(source);
    const ahead = new DecodeAhead(sources(200), 8, { decodeImage, decodingThreads: () => 32 });
    await nextBatch(ahead, decoder);
    expect(decoder.mostRunning).toBe(36); // one a thread, and four that read their files
  });

  test('large images make small batches; no decode begins while too much is held', async () => {
    const decoder = new ControlledDecoder(100);
    const ahead = new DecodeAhead(sources(40), 16, decoder, 250);
    const sizes: number[] = [];
    for (let batch = await nextBatch(ahead, decoder); batch; batch = await nextBatch(ahead, decoder)) {
      sizes.push(batch.images.length);
    }
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(40);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(3 + 8); // what the limit holds, and what had begun
    expect(decoder.decoded).toEqual(sources(40).map(Number));
  });

  test('one image that is larger than the limit is decoded all the same', async () => {
    const decoder = new ControlledDecoder(1000);
    const ahead = new DecodeAhead(sources(2), 2, decoder, 10);
    expect(idsOf(await nextBatch(ahead, decoder))?.[0]).toBe('0');
  });

  test('images that cannot be read are part of their batch, and do not let it run ahead of itself', async () => {
    const decoder = new ControlledDecoder();
    const ahead = new DecodeAhead(['-1', '1', '-2', ...sources(50)], 3, decoder);
    const batch = await nextBatch(ahead, decoder);
    expect(idsOf(batch)).toEqual(['1']);
    expect(batch?.failed.map(({ index, id }) => [index, id])).toEqual([
      [0, '0'],
      [2, '2'],
    ]);
    expect(decoder.decoded).toHaveLength(6);
  });

  test('of no images there is no batch', async () => {
    expect(await new DecodeAhead([], 3, new ControlledDecoder()).batch()).toBeUndefined();
  });
});
