import {
  type DescribedRows,
  npzPieces,
  type RowsKind,
  writeParquet,
} from '../../../../src/rows-files/index.ts';
import { hex, sha256 } from '../keep/digest.ts';
import type { PairFacts, PairVectors, SavingFacts } from './types.ts';

/** What is saved, and where it comes from. */
interface Saving extends Omit<SavingFacts, 'closed'> {
  readonly vectors: PairVectors;
  /** How the gap of the rows was closed; undefined for as the model embedded them. */
  readonly closing: { readonly method: string; readonly file: Uint8Array } | undefined;
}

/** Embeddings as a file that the page, the command line and NumPy or DuckDB read. */
export async function embeddingsFile(saving: Saving): Promise<Blob> {
  const rows = await describedRows(saving);
  const pieces: BlobPart[] = [];
  if (saving.format === 'npz') {
    for await (const piece of npzPieces(rows)) pieces.push(new Uint8Array(piece));
  } else {
    await writeParquet(
      {
        write: async (bytes) => {
          pieces.push(new Uint8Array(bytes));
        },
      },
      rows,
    );
  }
  return new Blob(pieces);
}

async function describedRows({ vectors, pairs, space, adapter, closing }: Saving): Promise<DescribedRows> {
  const known = ({ label, group }: PairFacts) => ({
    ...(label !== '' && { label }),
    ...(group !== undefined && { group }),
  });
  const images = pairs.map((pair) => ({ id: pair.id, path: pair.id, ...known(pair) }));
  const texts = pairs.map((pair) => ({ id: pair.id, caption: pair.caption, ...known(pair) }));
  const set = (kind: RowsKind, list: readonly { readonly id: string }[]) => {
    const modality = kind === 'images' ? ('image' as const) : ('text' as const);
    return {
      kind,
      rows: { ...vectors[kind], ids: list.map(({ id }) => id) },
      facts: (row: number) => ({ id: '', ...list[row], modality }),
    };
  };
  const manifest = {
    model: space.name ?? 'unknown',
    ...(space.fingerprint !== undefined && { fingerprint: space.fingerprint }),
    dtype: 'f32',
    adapter,
    ...(space.logitScale !== undefined && { logitScale: space.logitScale }),
    ...(closing && {
      closing: { method: closing.method, sha256: hex(await sha256(new Uint8Array(closing.file))) },
    }),
    pairs: pairs.length,
    images,
    texts,
    skipped: [],
  };
  return { sets: [set('images', images), set('texts', texts)], manifest };
}
