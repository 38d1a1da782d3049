import { type ByteSource, expectWithin } from '../../platform/files.ts';
import type { Pieces } from './cache-entry.ts';

/** Pieces held in memory. A checkpoint is read mostly in order, so few are enough. */
const HELD = 4;

/** A file read from cached pieces, and from the server where a piece is missing or damaged. */
export class CachedFile implements ByteSource {
  readonly #held = new Map<number, Promise<Uint8Array>>();
  #closed = false;

  constructor(
    readonly name: string,
    readonly size: number,
    private readonly pieces: Pieces,
    /** The same version on the server. */
    private readonly remote: () => Promise<ByteSource>,
  ) {}

  async read(offset: number, length: number): Promise<Uint8Array> {
    expectWithin(this, offset, length);
    const end = offset + length;
    const { pieceBytes } = this.pieces;
    const out = new Uint8Array(length);
    for (let at = offset; at < end; ) {
      const index = Math.floor(at / pieceBytes);
      const start = at - index * pieceBytes;
      const part = (await this.#piece(index)).subarray(start, start + end - at);
      out.set(part, at - offset);
      at += part.length;
      this.#readAhead(index + 1);
    }
    return out;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#held.clear();
  }

  /** Downloads the next piece while the GPU takes this one. A failure shows when that piece is read. */
  #readAhead(index: number): void {
    if (!this.#closed && index * this.pieces.pieceBytes < this.size) this.#piece(index).catch(() => {});
  }

  #piece(index: number): Promise<Uint8Array> {
    const held = this.#held.get(index);
    if (held) return held;
    const piece = this.#load(index);
    this.#held.set(index, piece);
    piece.catch(() => this.#held.delete(index));
    for (const oldest of this.#held.keys()) {
      if (this.#held.size <= HELD) break;
      this.#held.delete(oldest);
    }
    return piece;
  }

  async #load(index: number): Promise<Uint8Array> {
    const { pieceBytes } = this.pieces;
    const length = Math.min(pieceBytes, this.size - index * pieceBytes);
    const kept = await this.pieces.get(index);
    if (kept?.length === length) return kept;
    const bytes = await (await this.remote()).read(index * pieceBytes, length);
    await this.pieces.put(index, bytes);
    return bytes;
  }
}
