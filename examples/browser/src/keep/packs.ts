import type { PairVectors } from '../engine/types.ts';
import { sha256 } from './digest.ts';
import type { KeptPack } from './kept-index.ts';
import { readPiece, writePiece } from './pieces.ts';

// A pack is images [n, D] and texts [n, D] as little-endian f32, then SHA-256s of what the rows are of: images [n], texts [n].

const KEY_BYTES = 32;
/** Of what is not to be known again. */
const NO_KEY = '';

/** What rows are of, by content; empty for what is to be embedded again another time. */
export interface PackKeys {
  readonly images: readonly string[];
  readonly texts: readonly string[];
}

export interface Pack extends Pick<PairVectors, 'images' | 'texts'> {
  readonly keys: PackKeys;
}

/** Of an image's bytes, or a caption: one letter a byte. */
export async function keyOf(content: Blob | string): Promise<string> {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : await content.arrayBuffer();
  return String.fromCharCode(...(await sha256(bytes)));
}

export async function writePack(
  folder: FileSystemDirectoryHandle,
  { images, texts, keys }: Pack,
  about: Pick<KeptPack, 'madeBy' | 'window'>,
): Promise<KeptPack> {
  const parts = [
    bytesOf(images.data),
    bytesOf(texts.data),
    bytesOfKeys(keys.images),
    bytesOfKeys(keys.texts),
  ];
  const piece = await writePiece(folder, new Blob(parts));
  return { piece, rows: images.rows, dim: images.dim, ...about };
}

/** @throws {KeptDamagedError} */
export async function readPack(
  folder: FileSystemDirectoryHandle,
  { piece, rows, dim }: KeptPack,
): Promise<Pack> {
  const content = await (await readPiece(folder, piece, 'the embeddings')).arrayBuffer();
  const side = 4 * rows * dim;
  const vectors = (at: number) => ({ data: new Float32Array(content, at, rows * dim), rows, dim });
  const keys = (at: number) => {
    const bytes = new Uint8Array(content, at, rows * KEY_BYTES);
    return Array.from({ length: rows }, (_, row) => {
      const own = bytes.subarray(row * KEY_BYTES, (row + 1) * KEY_BYTES);
      return own.some((byte) => byte !== 0) ? String.fromCharCode(...own) : NO_KEY;
    });
  };
  return {
    images: vectors(0),
    texts: vectors(side),
    keys: { images: keys(2 * side), texts: keys(2 * side + rows * KEY_BYTES) },
  };
}

/** Whether all that one pack knows is known by another. */
export function isWithin(a: PackKeys, b: PackKeys): boolean {
  const isIn = (some: readonly string[], all: readonly string[]) => {
    const known = new Set(all);
    return some.every((key) => key === NO_KEY || known.has(key));
  };
  return isIn(a.images, b.images) && isIn(a.texts, b.texts);
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(buffer, byteOffset, byteLength).slice();
}

function bytesOfKeys(keys: readonly string[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(keys.length * KEY_BYTES);
  for (const [row, key] of keys.entries()) {
    for (let i = 0; i < key.length; i++) bytes[row * KEY_BYTES + i] = key.charCodeAt(i);
  }
  return bytes;
}
