import { safetensorsPieces } from '../../weights/safetensors-writer.ts';
import { zipPieces } from '../../weights/zip-writer.ts';
import type { Vectors } from '../metrics/vectors.ts';
import { npyHeader, npyPieces } from '../npy/npy.ts';
import type { DescribedRows } from './described-rows.ts';
import { MANIFEST_KEY, MANIFEST_MEMBER } from './manifest.ts';

/** The bytes of a .npz: `images.npy` and `texts.npy` as `embed` writes them, stored, and their manifest. */
export function npzPieces({ sets, manifest }: DescribedRows): AsyncIterable<Uint8Array> {
  const json = manifest && new TextEncoder().encode(JSON.stringify(manifest));
  return zipPieces([
    ...sets.map(({ kind = 'embeddings', rows }) => ({
      name: `${kind}.npy`,
      size: npyHeader(shapeOf(rows)).length + rows.data.byteLength,
      pieces: () => npyPieces({ shape: shapeOf(rows), data: rows.data }),
    })),
    ...(json ? [{ name: MANIFEST_MEMBER, size: json.length, pieces: () => [json] }] : []),
  ]);
}

/** The bytes of a .safetensors of the tensors `images` and `texts`, with the manifest in its metadata. */
export function tensorPieces({ sets, manifest }: DescribedRows): AsyncIterable<Uint8Array> {
  return safetensorsPieces(
    sets.map(({ kind = 'embeddings', rows }) => ({
      ...{ name: kind, dtype: 'F32' as const, shape: shapeOf(rows) },
      pieces: () => [new Uint8Array(rows.data.buffer, rows.data.byteOffset, rows.data.byteLength)],
    })),
    manifest && { [MANIFEST_KEY]: JSON.stringify(manifest) },
  );
}

function shapeOf({ rows, dim }: Vectors): [number, number] {
  return [rows, dim];
}
